"""Sieve over n of numbers (a2*X^2 + a1*X + a0)/d with X = b^n.

p divides such a number when 1/X is a root y of a0*y^2 + a1*y + a2, that is y*b^n = 1
mod p: a square root and two discrete logarithms for each number and prime. Carol and
Kynea numbers, and many palindromes and near-repdigits, are of this shape. Small primes
and those that divide b, a0 or d run over one period of b^n instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

import gmpy2
import numpy as np
from numpy.typing import NDArray

from darkreach.jit import inner, kernel
from darkreach.sieve.cells import Hits, joined, limbs, whole
from darkreach.sieve.dense import Dense
from darkreach.sieve.found import Found
from darkreach.sieve.logarithms import LEAST, Logarithms
from darkreach.sieve.modmul import P_LIMIT
from darkreach.sieve.square_roots import inverse_roots
from darkreach.sieve.terms import Rows

#: Primes below this run over the period of b^n; so may no modulus p*d from 2^31 on.
SMALL_PRIMES = 2**10


@dataclass(frozen=True)
class Quadratic:
    """(a2*X^2 + a1*X + a0)/divisor, a whole number for every X in question."""

    a2: int
    a1: int
    a0: int
    divisor: int = 1

    def __post_init__(self) -> None:
        if self.a2 < 1 or not self.a0 or self.divisor < 1:
            raise ValueError("a quadratic needs a2 > 0, an a0 and a divisor > 0")

    def modulo(self, x: int, p: int) -> int:
        """The number for this X, modulo p."""
        modulus = p * self.divisor
        value = ((self.a2 * x + self.a1) * x + self.a0) % modulus
        if value % self.divisor:
            raise ValueError(f"{self} is not a whole number for X = {x}")
        return value // self.divisor


class Quadratics(Dense):
    """Line s, place j of the cells, s*width + j, is the number s at n = start + step*j;
    row and cell are the same."""

    least = LEAST

    def __init__(
        self,
        b: int,
        start: int,
        step: int,
        width: int,
        numbers: Sequence[Quadratic],
        alive: NDArray[np.bool_] | None = None,
    ) -> None:
        self.b, self.start, self.step, self.width = b, start, step, width
        self.numbers = numbers
        self._small = self._small_values()
        self._make_cells(width * len(numbers), alive)
        none = [cell for cell, value in self._small.items() if value < 2]
        self.cells.alive[none] = 0
        parts: list[int] = []
        for q in numbers:
            parts += [q.a0, q.a1, q.a1**2 - 4 * q.a0 * q.a2]
        deltas = parts[2::3]
        same = [i > 0 and d == deltas[i - 1] for i, d in enumerate(deltas)]
        self._words, self._first = limbs(whole(*(abs(v) for v in parts)))
        self._negative = np.array([v < 0 for v in parts], dtype=np.uint8)
        self._same = np.array(same, dtype=np.int64)
        self._logarithms = Logarithms(
            b,
            start,
            step,
            width,
            np.repeat(np.arange(len(numbers)), 2),
            [],
            self._targets,
        )

    def name(self, cell: int) -> str:
        line, j = divmod(cell, self.width)
        q, n = self.numbers[line], self.start + self.step * j
        return f"({q.a2}*x^2{q.a1:+d}*x{q.a0:+d})/{q.divisor} for x = {self.b}^{n}"

    def small_value(self, cell: Rows) -> Rows:
        values = np.full(cell.size, P_LIMIT, dtype=np.int64)
        for known, value in self._small.items():
            values[cell == known] = value
        return values

    def divides(self, cell: Rows, factor: Rows) -> NDArray[np.bool_]:
        true = np.empty(cell.size, dtype=bool)
        for i, (c, p) in enumerate(zip(cell.tolist(), factor.tolist(), strict=True)):
            line, j = divmod(c, self.width)
            q, n = self.numbers[line], self.start + self.step * j
            x = int(gmpy2.powmod(self.b, n, p * q.divisor))
            true[i] = q.modulo(x, p) == 0
        return true

    def _even(self) -> NDArray[np.bool_]:
        found = Found()
        self._one_prime(2, found)
        even = np.zeros(self.cells.alive.size, dtype=bool)
        even[found.hits()[0]] = True
        return even

    def _hits(self, window: Rows, fp64: bool) -> Hits:
        special = self._special(window)
        found = Found()
        for p in window[special].tolist():
            self._one_prime(p, found)
        others = self._logarithms.find_part(window[~special], fp64, self.cells.alive)
        return joined([found.hits(), others])

    def _small_values(self) -> dict[int, int]:
        """The numbers below 2^62, or negative ones, by their cells."""
        small: dict[int, int] = {}
        for line, q in enumerate(self.numbers):
            # From here on X is larger than what could make the number small.
            bits = 64 + (abs(q.a1) + abs(q.a0) + q.divisor).bit_length()
            for j in range(self.width):
                n = self.start + self.step * j
                if n * log2(self.b) > bits:
                    break
                x = self.b**n
                value = (q.a2 * x * x + q.a1 * x + q.a0) // q.divisor
                if value < P_LIMIT:
                    small[line * self.width + j] = value
        return small

    def _special(self, window: Rows) -> NDArray[np.bool_]:
        """The primes that are too small for the blocks or divide what they must not."""
        wrong = {self.b, *(q.a0 * q.divisor for q in self.numbers)}
        return (window < SMALL_PRIMES) | dividing(window, wrong)

    def _targets(self, primes: Rows, in_form: bool) -> NDArray[np.uint64]:
        out = np.empty((primes.size, 2 * len(self.numbers)), dtype=np.uint64)
        inverse_roots(
            primes.astype(np.uint64),
            self._words,
            self._first,
            self._negative,
            self._same,
            in_form,
            out,
        )
        return out

    def _one_prime(self, p: int, found: Found) -> None:
        """What a single prime divides, exponent by exponent."""
        for line, q in enumerate(self.numbers):
            modulus = p * q.divisor
            x, ratio = (pow(self.b, e, modulus) for e in (self.start, self.step))
            alive = self.cells.alive[line * self.width : (line + 1) * self.width]
            if modulus < 2**31:
                a2, a1, a0 = (a % modulus for a in (q.a2, q.a1, q.a0))
                hit = np.zeros(self.width, dtype=np.uint8)
                walk(modulus, x, ratio, a2, a1, a0, alive, hit)
                places = np.flatnonzero(hit).tolist()
            else:
                places = []
                for j in range(self.width):
                    if alive[j] and q.modulo(x, p) == 0:
                        places.append(j)
                    x = x * ratio % modulus
            found.add(np.array(places, dtype=np.int64) + line * self.width, p)


def dividing(window: Rows, values: set[int]) -> NDArray[np.bool_]:
    """Which primes divide any of these numbers."""
    found = np.zeros(window.size, dtype=bool)
    for value in values:
        if abs(value) < 2**63:
            found |= value % window == 0
        else:
            found |= np.array([value % p == 0 for p in window.tolist()], dtype=bool)
    return found


@inner
def is_zero(m: int, x: int, a2: int, a1: int, a0: int) -> bool:
    """Is a2*x^2 + a1*x + a0 = 0 mod m < 2^31?"""
    return ((a2 * x % m + a1) % m * x + a0) % m == 0


@kernel("void(int64, int64, int64, int64, int64, int64, uint8[::1], uint8[::1])")
def walk(
    modulus: int,
    x: int,
    ratio: int,
    a2: int,
    a1: int,
    a0: int,
    alive: NDArray[np.uint8],
    hit: NDArray[np.uint8],
) -> None:
    """hit[j] = 1 for the alive j with a zero at x*ratio^j, modulus < 2^31."""
    for j in range(hit.size):
        if alive[j] and is_zero(modulus, x, a2, a1, a0):
            hit[j] = 1
        x = x * ratio % modulus
