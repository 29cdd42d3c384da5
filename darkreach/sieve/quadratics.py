"""Sieve over n of numbers (a2*X^2 + a1*X + a0)/d with X = b^n.

p divides such a number when 1/X is a root y of a0*y^2 + a1*y + a2, that is y*b^n = 1
mod p: a square root and two discrete logarithms for each number and prime. Carol and
Kynea numbers, and many palindromes and near-repdigits, are of this shape. Small primes
and those that divide b, a0 or d run over one period of b^n instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import gmpy2
import numpy as np
from numpy.typing import NDArray

from darkreach.errors import DarkreachError
from darkreach.sieve.cells import Cells, Hits, limbs, whole
from darkreach.sieve.found import Found
from darkreach.sieve.jit import inner, kernel
from darkreach.sieve.logarithms import Logarithms
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


@dataclass
class Quadratics:
    """Line s, place j of the cells, s*width + j, is the number s at n = start + step*j;
    row and cell are the same. Numbers below 2 are no candidates and not alive."""

    b: int
    start: int
    step: int
    width: int
    numbers: Sequence[Quadratic]
    cells: Cells = field(init=False)

    def __post_init__(self) -> None:
        size = self.width * len(self.numbers)
        self._small = self._small_values()
        every = np.arange(size, dtype=np.int64)
        self.cells = Cells.make(size, every, every)
        none = [cell for cell, value in self._small.items() if value < 2]
        self.cells.alive[none] = 0
        parts: list[int] = []
        for q in self.numbers:
            parts += [q.a0, q.a1, q.a1**2 - 4 * q.a0 * q.a2]
        deltas = parts[2::3]
        same = [i > 0 and d == deltas[i - 1] for i, d in enumerate(deltas)]
        self._words, self._first = limbs(whole(*(abs(v) for v in parts)))
        self._negative = np.array([v < 0 for v in parts], dtype=np.uint8)
        self._same = np.array(same, dtype=np.int64)
        self._logarithms = Logarithms(
            self.b,
            self.start,
            self.step,
            self.width,
            np.repeat(np.arange(len(self.numbers)), 2),
            [],
            self._targets,
        )

    def strike(self, primes: Rows) -> Hits:
        """The rows that these primes divide, each once with the smallest; a number is
        not struck by itself. DarkreachError if a factor turns out false."""
        special = self._special(primes)
        found = Found()
        for p in primes[special].tolist():
            self._one_prime(p, found)
        parts = found.hits(), self._logarithms.find(primes[~special], self.cells.alive)
        cells, factors = self._proper(*map(np.concatenate, zip(*parts, strict=True)))
        order = np.lexsort((factors, cells))
        cells, first = np.unique(cells[order], return_index=True)
        factors = factors[order][first]
        self._check(cells, factors)
        self.cells.alive[cells] = 0
        return cells, factors

    def _proper(self, cells: Rows, factors: Rows) -> Hits:
        """The hits but those of a number on itself."""
        proper = np.ones(cells.size, dtype=bool)
        for cell, value in self._small.items():
            proper &= (cells != cell) | (factors != value)
        return cells[proper], factors[proper]

    def _small_values(self) -> dict[int, int]:
        """The numbers below 2^62, or negative ones, by their cells."""
        small: dict[int, int] = {}
        for line, q in enumerate(self.numbers):
            for j in range(self.width):
                x = self.b ** (self.start + self.step * j)
                value = (q.a2 * x * x + q.a1 * x + q.a0) // q.divisor
                if value < 2**62:
                    small[line * self.width + j] = value
                elif x > abs(q.a1) + abs(q.a0):  # it grows from here on
                    break
        return small

    def _special(self, primes: Rows) -> NDArray[np.bool_]:
        special = primes < SMALL_PRIMES
        for value in {2 * self.b, *(q.a0 * q.divisor for q in self.numbers)}:
            if abs(value) < 2**63:
                special |= value % primes == 0
            else:
                special |= np.array([value % p == 0 for p in primes.tolist()])
        return special

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

    def _check(self, cells: Rows, factors: Rows) -> None:
        """Every factor divides, by other arithmetic than the search."""
        for cell, p in zip(cells.tolist(), factors.tolist(), strict=True):
            line, j = divmod(cell, self.width)
            q, n = self.numbers[line], self.start + self.step * j
            if q.modulo(int(gmpy2.powmod(self.b, n, p * q.divisor)), p):
                raise DarkreachError(
                    f"the sieve made an error: {p} does not divide {q}"
                    f" at X = {self.b}^{n}"
                )


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
