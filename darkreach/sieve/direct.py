"""Sieve of single numbers: k*b^n+c is evaluated mod p for each of them.

For numbers that share too little for the other sieves, such as many bases with few
exponents each. Sorted by base and exponent, the power of the previous number is carried
on to the next one of the same base. The cost per prime is proportional to the numbers
that are left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darkreach.jit import kernel
from darkreach.sieve.cells import Cells, Hits, limbs
from darkreach.sieve.modmul import (
    inverse_word,
    one,
    power,
    product,
    residue,
    square_of_r,
)
from darkreach.sieve.terms import Rows, Sources


@dataclass
class Direct:
    """Cell i is the number of sources[source[i]] at the exponent n[i]; the rows are
    sorted by base, then by exponent."""

    sources: Sources
    source: Rows
    n: Rows
    cells: Cells

    def __post_init__(self) -> None:
        self._b, self._b_first = limbs(self.sources.b)
        self._k, self._k_first = limbs(self.sources.k)
        self._plus = (self.sources.c > 0).astype(np.uint8)[self.source]
        # Sources of one base take the base from the same place.
        b = self.sources.b[self.source]
        new = np.ones(b.size, dtype=bool)
        new[1:] = b[1:] != b[:-1]
        self._base = self.source[np.flatnonzero(new)][np.cumsum(new) - 1]

    def strike(self, primes: Rows) -> Hits:
        """The rows that these odd primes divide; a row is reported once."""
        cell, factor = self.cells.buffers()
        found = strike(
            primes.view(np.uint64),
            self._b,
            self._b_first,
            self._base,
            self._k,
            self._k_first,
            self.source,
            self.n.view(np.uint64),
            self._plus,
            self.cells.alive,
            cell,
            factor,
        )
        return self.cells.rows(cell[:found], factor[:found])


@kernel(
    "int64(uint64[::1], uint64[::1], int64[::1], int64[::1], uint64[::1], int64[::1],"
    " int64[::1], uint64[::1], uint8[::1], uint8[::1], int64[::1], int64[::1])"
)
def strike(
    primes: NDArray[np.uint64],
    b_limbs: NDArray[np.uint64],
    b_first: NDArray[np.int64],
    base: NDArray[np.int64],
    k_limbs: NDArray[np.uint64],
    k_first: NDArray[np.int64],
    source: NDArray[np.int64],
    exponents: NDArray[np.uint64],
    plus: NDArray[np.uint8],
    alive: NDArray[np.uint8],
    hit_cell: NDArray[np.int64],
    hit_factor: NDArray[np.int64],
) -> int:
    """Find every alive cell that a prime divides, clear it, report cell and prime;
    plus[i] says that cell i has c = +1. Returns the number of hits."""
    hits = 0
    for index in range(primes.size):
        p = primes[index]
        ip = inverse_word(p)
        unit = one(p)
        r2 = square_of_r(unit, p, ip)
        known = np.int64(-1)  # the base whose power is at hand
        b = unit
        b_power = unit
        exponent = np.uint64(0)
        for i in range(alive.size):
            if not alive[i]:
                continue
            if base[i] != known:
                known = base[i]
                b = residue(b_limbs, b_first[known], b_first[known + 1], r2, p, ip)
                b_power = unit
                exponent = np.uint64(0)
            if exponents[i] != exponent:
                gap_power = power(b, exponents[i] - exponent, unit, p, ip)
                b_power = product(b_power, gap_power, p, ip)
                exponent = exponents[i]
            s = source[i]
            k = residue(k_limbs, k_first[s], k_first[s + 1], r2, p, ip)
            if product(k, b_power, p, ip) == (p - unit if plus[i] else unit):
                alive[i] = 0
                hit_cell[hits] = i
                hit_factor[hits] = p
                hits += 1
    return hits
