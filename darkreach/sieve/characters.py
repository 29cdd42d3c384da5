"""Tables of quadratic characters: is v a square modulo p, read off p mod 4|v|.

The Jacobi symbol (v/r) of odd r has the period 4|v| in r, and is the quadratic
character of v mod p for a prime r = p. A bit is set where it is 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkreach.jit import inner, kernel
from darkreach.sieve.terms import Rows

#: Numbers up to here have a table, and all tables together have so many bytes.
LARGEST, MOST_BYTES = 2**18, 2**22

_SQUARES = [q * q for q in range(2, 1000)]


@dataclass(frozen=True)
class Characters:
    """table[first[i]:] has bit r // 2 set when number i is a square mod the primes that
    are r mod modulus[i]; modulus 0 is a number without a table."""

    table: NDArray[np.uint8]
    first: Rows
    modulus: Rows

    def after(self, count: int) -> Characters:
        """These after so many numbers without a table."""
        none = np.zeros(count, dtype=np.int64)
        return Characters(
            self.table,
            np.concatenate([none, self.first]),
            np.concatenate([none, self.modulus]),
        )


def characters(values: list[int]) -> Characters:
    """The tables of these numbers, none of which is 0, as far as there is room."""
    parts: list[NDArray[np.uint8]] = []
    first, modulus, used = [], [], 0
    for value in values:
        core = _without_squares(value)
        period = 4 * abs(core)
        size = -(-period // 16)
        fits = abs(core) <= LARGEST and used + size <= MOST_BYTES
        first.append(used)
        modulus.append(period if fits else 0)
        if fits:
            bits = np.empty(period // 2, dtype=np.uint8)
            symbols(core, bits)
            parts.append(np.packbits(bits, bitorder="little"))
            used += size
    table = np.concatenate(parts) if parts else np.empty(0, dtype=np.uint8)
    return Characters(
        table, np.array(first, dtype=np.int64), np.array(modulus, dtype=np.int64)
    )


def _without_squares(value: int) -> int:
    """value without its small square factors; its character is the same mod all primes
    that do not divide it, and the others are no matter here."""
    for square in _SQUARES:
        if square > abs(value):
            break
        while value % square == 0:
            value //= square
    return value


@inner
def jacobi(a: Any, n: Any) -> int:
    """The Jacobi symbol (a/n) of a >= 0 and an odd n > 0."""
    sign = 1
    a %= n
    while a:
        while a % 2 == 0:
            a //= 2
            if n % 8 == 3 or n % 8 == 5:
                sign = -sign
        a, n = n, a
        if a % 4 == 3 and n % 4 == 3:
            sign = -sign
        a %= n
    return sign if n == 1 else 0


@kernel("void(int64, uint8[::1])")
def symbols(value: int, out: NDArray[np.uint8]) -> None:
    """out[i] = 1 where (value / 2i+1) = 1."""
    for i in range(out.size):
        n = 2 * i + 1
        out[i] = jacobi(value % n, n) == 1
