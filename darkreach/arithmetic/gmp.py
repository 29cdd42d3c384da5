"""Squaring chains with GMP.

`Division` works modulo any number: one multiplication and one division per squaring.
`Shift` works modulo N = k*2^n + c with c = +-1 and a small k, where k*2^n = -c (mod N)
replaces the division: split x = (q*k + r)*2^n + low, then x = r*2^n + low - c*q. That
is about three times as fast from 8000 bits on.

GMP multiplies with Schönhage-Strassen for large numbers; the weighted transforms behind
the same methods (guarded.py) are tens of times as fast above 10^5 bits. These classes
are their readable twins, what they fall back to, and the fastest for small numbers.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import gmpy2


def release_gil() -> None:
    """Let other threads run during long GMP calls. gmpy2 keeps this per thread, so the
    thread that computes has to ask for it."""
    gmpy2.get_context().allow_release_gil = True


class _Integers:
    """What all moduli share whose residues are the integers 0 <= x < N themselves."""

    kernel = "gmpy2 squaring chain"
    path = 0

    def __init__(self, number: Any, multiple: int = 1) -> None:
        self.number = gmpy2.mpz(number)
        #: What residues are reduced by: N or a small multiple of it.
        self.modulus = self.number * multiple
        self._whole = multiple == 1
        self.errors: Counter[str] = Counter()

    def lengthen(self) -> None:
        """Integers have one length."""

    def check_value(self, residue: Any) -> int:
        return hash(residue)

    def is_zero(self, residue: Any) -> bool:
        rest = residue if self._whole else residue % self.number
        return bool(rest == 0)

    def load(self, value: Any) -> Any:
        return gmpy2.mpz(value) % self.modulus

    def store(self, residue: Any) -> Any:
        return residue if self._whole else residue % self.number

    def subtract(self, x: Any, y: Any) -> Any:
        difference = x - y
        return difference + self.modulus if difference < 0 else difference

    def scale(self, x: Any, small: int) -> Any:
        return x * small % self.modulus

    def square_add(self, x: Any, small: int) -> Any:
        return (x * x + small) % self.modulus


class Division(_Integers):
    """Arithmetic modulo any N > 1."""

    def square_many(self, x: Any, count: int) -> Any:
        modulus = self.modulus
        for _ in range(count):
            x = x * x % modulus
        return x

    def climb(self, x: Any, base: int, bits: int, count: int) -> Any:
        modulus = self.modulus
        for position in reversed(range(count)):
            x = x * x
            if bits >> position & 1:
                x *= base
            x %= modulus
        return x

    def lucas_many(self, x: Any, count: int) -> Any:
        modulus = self.modulus
        for _ in range(count):
            x = (x * x - 2) % modulus
        return x

    def multiply(self, x: Any, y: Any) -> Any:
        return x * y % self.modulus


class Multiple(Division):
    """Arithmetic modulo N that reduces by a small multiple f*N: other operands and
    other quotients on the way to the same residues, for whoever repeats a test."""

    def __init__(self, number: Any, factor: int, path: int) -> None:
        super().__init__(number, factor)
        self.path = path
        self.kernel = f"gmpy2 squaring chain modulo {factor}*N"


class Shift(_Integers):
    """Arithmetic modulo M = k*2^n + c, c = +-1, for small k >= 1 and any n >= 1, or
    modulo N = M/d by residues modulo M."""

    def __init__(self, k: int, n: int, c: int, d: int = 1) -> None:
        super().__init__(((gmpy2.mpz(k) << n) + c) // d, d)
        self.k, self.n, self.c = gmpy2.mpz(k), n, c

    def reduce(self, x: Any) -> Any:
        """x mod M for 0 <= x < M^2, without a long division."""
        quotient, rest = gmpy2.f_divmod(x >> self.n, self.k)
        x = (rest << self.n) + gmpy2.f_mod_2exp(x, self.n)
        if self.c > 0:
            x -= quotient
            return x + self.modulus if x < 0 else x
        x += quotient
        # At most twice: x < k*2^n and quotient < M before the addition.
        while x >= self.modulus:
            x -= self.modulus
        return x

    def square_many(self, x: Any, count: int) -> Any:
        reduce = self.reduce
        for _ in range(count):
            x = reduce(x * x)
        return x

    def climb(self, x: Any, base: int, bits: int, count: int) -> Any:
        reduce = self.reduce
        for position in reversed(range(count)):
            x = reduce(x * x)
            if bits >> position & 1:
                x = reduce(x * base)
        return x

    def lucas_many(self, x: Any, count: int) -> Any:
        reduce, modulus = self.reduce, self.modulus
        for _ in range(count):
            x = reduce(x * x) - 2
            if x < 0:
                x += modulus
        return x

    def multiply(self, x: Any, y: Any) -> Any:
        return self.reduce(x * y)
