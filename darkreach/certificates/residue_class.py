"""The verifier's search for divisors in a residue class: H. W. Lenstra, Divisors in
residue classes, Mathematics of Computation 42 (1984); Crandall and Pomerance, Prime
Numbers, algorithm 4.2.11.

A number n has at most 11 divisors that are r modulo s when s^3 > n, and a walk along
Euclid's algorithm meets them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gmpy2


def divisors_in_class(n: Any, r: Any, s: Any) -> set[Any]:
    """All positive divisors of n that are r modulo s, for 0 < r < s, s^3 > n, r and n
    prime to s. ValueError for other parameters."""
    if not (0 < r < s and s**3 > n and gmpy2.gcd(r * n, s) == 1):
        raise ValueError("these parameters are not those of the theorem")
    inverse = gmpy2.invert(r, s)
    other = n * inverse % s  # of the cofactor
    found = set()
    for a, b, c in _walk(n, r, s, inverse, other):
        # x a + y b = c with (x s + r)(y s + other) = n: the divisor is x s + r.
        for divisor in _solve(a, b, s * c + a * r + b * other, n):
            if divisor % s == r and n % divisor == 0:
                found.add(divisor)
    return found


def _walk(
    n: Any, r: Any, s: Any, inverse: Any, other: Any
) -> Iterator[tuple[Any, Any, Any]]:
    """The equations (a, b, c) of which every divisor solves one."""
    before = gmpy2.mpz(s), gmpy2.mpz(0), gmpy2.mpz(0)
    a = other * inverse % s or s
    now = a, gmpy2.mpz(1), (n - r * other) // s * inverse % s
    yield from ((s, 0, c) for c in _even(before[2], s))
    odd = True
    while True:
        a, b, c = now
        choices = _odd(a, b, c, n, s) if odd else _even(c, s)
        yield from ((a, b, choice) for choice in choices)
        if a == 0:
            return
        odd = not odd
        quotient = before[0] // a
        if odd and quotient * a == before[0]:
            quotient -= 1  # the remainders of odd steps stay positive
        before, now = (
            now,
            (
                before[0] - quotient * a,
                before[1] - quotient * b,
                (before[2] - quotient * c) % s,
            ),
        )


def _even(c: Any, s: Any) -> tuple[Any, ...]:
    """The numbers that are c modulo s and of a size below s."""
    return (c, c - s) if c else (c,)


def _odd(a: Any, b: Any, c: Any, n: Any, s: Any) -> Iterator[Any]:
    """The numbers that are c modulo s from 2ab to ab + n/s^2."""
    low, high = 2 * a * b, a * b + n // (s * s)
    choice = low + (c - low) % s
    while choice <= high:
        yield choice
        choice += s


def _solve(a: Any, b: Any, total: Any, n: Any) -> Iterator[Any]:
    """u > 0 with a*u + b*v = total and u*v = n."""
    if a == 0 or b == 0:
        factor = b or a
        if total % factor == 0 and (value := total // factor) > 0 and n % value == 0:
            yield value if b == 0 else n // value
        return
    square = total * total - 4 * a * b * n
    if square < 0 or not gmpy2.is_square(square):
        return
    root = gmpy2.isqrt(square)
    for twice in (total + root, total - root):
        if twice % (2 * a) == 0 and twice // (2 * a) > 0:
            yield twice // (2 * a)
