"""The verifier's elliptic curves modulo N, in Jacobian coordinates without divisions.

N need not be prime. Where an addition does not hold modulo some prime factor of N all
three coordinates become 0 modulo it and stay so. `is_zero` and `is_finite` demand a
coordinate that is prime to N, which rules that out: what they say is then true modulo
every prime factor of N.
"""

from __future__ import annotations

from typing import Any

import gmpy2

Point = tuple[Any, Any, Any]


class Curve:
    """y^2 = x^3 + a*x + b modulo N, with the b that puts the point (x, y) on it."""

    def __init__(self, a: int, x: int, y: int, number: Any) -> None:
        self.number = gmpy2.mpz(number)
        self.a = gmpy2.mpz(a) % self.number
        x, y = gmpy2.mpz(x) % self.number, gmpy2.mpz(y) % self.number
        self.point: Point = x, y, gmpy2.mpz(1)
        self.b = (y * y - x * x * x - self.a * x) % self.number

    def is_smooth(self) -> bool:
        """Whether the curve is one modulo every prime factor of N."""
        discriminant = 4 * self.a**3 + 27 * self.b**2
        return bool(gmpy2.gcd(discriminant, self.number) == 1)

    def is_zero(self, point: Point) -> bool:
        """Whether the point is the zero of the curve modulo every prime factor."""
        x, y, z = point
        return bool(z == 0 and gmpy2.gcd(x * y, self.number) == 1)

    def is_finite(self, point: Point) -> bool:
        """Whether the point is not zero modulo any prime factor of N."""
        return bool(gmpy2.gcd(point[2], self.number) == 1)

    def times(self, count: Any, point: Point) -> Point:
        """count * point, count > 0, by doubling and adding."""
        total = point
        for position in reversed(range(count.bit_length() - 1)):
            total = self._double(total)
            if count.bit_test(position):
                total = self._add(total, point)
        return total

    def _double(self, point: Point) -> Point:
        x, y, z = point
        n = self.number
        square = y * y % n
        s = 4 * x * square % n
        z2 = z * z % n
        m = (3 * x * x + self.a * (z2 * z2 % n)) % n
        x3 = (m * m - 2 * s) % n
        y3 = (m * (s - x3) - 8 * square * square) % n
        return x3, y3, 2 * y * z % n

    def _add(self, one: Point, two: Point) -> Point:
        n = self.number
        (x1, y1, z1), (x2, y2, z2) = one, two
        z1z1, z2z2 = z1 * z1 % n, z2 * z2 % n
        u1, u2 = x1 * z2z2 % n, x2 * z1z1 % n
        s1, s2 = y1 * z2 * z2z2 % n, y2 * z1 * z1z1 % n
        h, r = (u2 - u1) % n, (s2 - s1) % n
        hh = h * h % n
        hhh, v = h * hh % n, u1 * hh % n
        x3 = (r * r - hhh - 2 * v) % n
        y3 = (r * (v - x3) - s1 * hhh) % n
        return x3, y3, z1 * z2 * h % n
