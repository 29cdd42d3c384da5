"""The verifier's own arithmetic: Jacobi symbol, Miller-Rabin below 2^64, and powers in
the ring Z/N[x] / (x^2 - P x + Q), in which x^m = U_m x - Q U_(m-1) and the trace of x^m
is V_m. Written for clarity and independence from the provers, not for speed.
"""

from __future__ import annotations

from typing import Any

import gmpy2

# No composite below 3.3 * 10^24 passes all of these (Sorenson and Webster 2015).
_MILLER_RABIN_BASES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)


def jacobi(a: Any, n: Any) -> int:
    """The Jacobi symbol (a, n) for odd n > 0, by quadratic reciprocity."""
    if n <= 0 or n % 2 == 0:
        raise ValueError("the Jacobi symbol needs an odd positive modulus")
    a, sign = a % n, 1
    while a:
        while a % 2 == 0:
            a //= 2
            if n % 8 in (3, 5):
                sign = -sign
        a, n = n, a
        if a % 4 == 3 and n % 4 == 3:
            sign = -sign
        a %= n
    return sign if n == 1 else 0


def is_small_prime(n: int) -> bool:
    """Whether n < 2^64 is prime; exact."""
    if not 2 <= n < 2**64:
        return False
    for base in _MILLER_RABIN_BASES:
        if n % base == 0:
            return n == base
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_passes(n, base, odd, twos) for base in _MILLER_RABIN_BASES)


def _passes(n: int, base: int, odd: int, twos: int) -> bool:
    x = pow(base, odd, n)
    if x in (1, n - 1):
        return True
    for _ in range(twos - 1):
        x = x * x % n
        if x == n - 1:
            return True
    return False


class Ring:
    """Z/n[x] / (x^2 - p x + q); an element is (s, t) for s + t*x."""

    def __init__(self, p: int, q: int, n: Any) -> None:
        self.p, self.q, self.n = gmpy2.mpz(p), gmpy2.mpz(q), n
        self.x = gmpy2.mpz(0), gmpy2.mpz(1)

    def product(self, a: tuple[Any, Any], b: tuple[Any, Any]) -> tuple[Any, Any]:
        """(s + tx)(u + vx) = su - q tv + (sv + tu + p tv) x."""
        (s, t), (u, v) = a, b
        tv = t * v
        return (s * u - self.q * tv) % self.n, (s * v + t * u + self.p * tv) % self.n

    def power(self, a: tuple[Any, Any], m: Any) -> tuple[Any, Any]:
        """a^m for m >= 0."""
        result = gmpy2.mpz(1) % self.n, gmpy2.mpz(0)
        for position in reversed(range(m.bit_length())):
            result = self.product(result, result)
            if m >> position & 1:
                result = self.product(result, a)
        return result


def ring_power(p: int, q: int, m: Any, n: Any) -> tuple[Any, Any]:
    """(s, t) with x^m = s + t*x."""
    ring = Ring(p, q, n)
    return ring.power(ring.x, m)


def lucas_u(p: int, q: int, m: Any, n: Any) -> Any:
    """U_m(p, q) mod n."""
    return ring_power(p, q, m, n)[1]


def lucas_v(p: int, q: int, m: Any, n: Any) -> Any:
    """V_m(p, q) mod n: the trace of x^m, where x has the trace p."""
    s, t = ring_power(p, q, m, n)
    return (2 * s + p * t) % n
