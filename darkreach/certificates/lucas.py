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


def ring_power(p: int, q: int, m: Any, n: Any) -> tuple[Any, Any]:
    """(s, t) with x^m = s + t*x in Z/n[x] / (x^2 - p x + q)."""
    p, q = gmpy2.mpz(p), gmpy2.mpz(q)
    s, t = gmpy2.mpz(1), gmpy2.mpz(0)
    for position in reversed(range(m.bit_length())):
        # (s + tx)^2 = s^2 - q t^2 + (2st + p t^2) x
        tt = t * t
        s, t = (s * s - q * tt) % n, (2 * s * t + p * tt) % n
        if m >> position & 1:
            # times x: sx + t x^2 = -q t + (s + p t) x
            s, t = -q * t % n, (s + p * t) % n
    return s % n, t % n


def lucas_u(p: int, q: int, m: Any, n: Any) -> Any:
    """U_m(p, q) mod n."""
    return ring_power(p, q, m, n)[1]


def lucas_v(p: int, q: int, m: Any, n: Any) -> Any:
    """V_m(p, q) mod n: the trace of x^m, where x has the trace p."""
    s, t = ring_power(p, q, m, n)
    return (2 * s + p * t) % n
