"""Sieve of k*b^n+c over n, for sequences (k, c) of one base: discrete logarithms.

p divides the number at n = start + step*j when v * b^start * beta^j = 1 mod p, where
beta = b^step and v = -c*k (c = +1 or -1). For most p power residues rule out nearly all
classes j mod Q (``power_classes``), and what is left goes through baby and giant steps
in blocks of primes (``baby_giant``).

The smallest primes, those that divide b, and groups too small to be worth it go prime
by prime through ``strike`` below: with m baby steps beta^t, t = 1..m, and j = i*m - t
each giant step i looks its value up in the table of the babies, which all share.
When beta^t = 1 within the babies, t is the order of beta: the solutions are one j and
all others at multiples of t, so small primes need no giant steps. Otherwise the order
exceeds m and each giant step has at most one baby: all solutions are found either way.

D. Shanks, Class number, a theory of factorization, and genera (1971).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkreach.jit import inner, kernel
from darkreach.sieve.cells import Cells, Hits, limbs, whole
from darkreach.sieve.logarithms import Logarithms, modulus_of
from darkreach.sieve.modmul import (
    ZERO,
    inverse_word,
    one,
    power,
    product,
    residue,
    square_of_r,
)
from darkreach.sieve.terms import Rows, Sources

#: More babies than this outgrow the caches (12 bytes each with their table).
MOST_BABIES = 2**20

#: Groups with fewer cells, and primes below this, go prime by prime.
FEWEST_CELLS, SMALL_PRIMES = 2**13, 2**12

#: So do groups of so many sequences that classes by this modulus would be the best: the
#: filter gains nothing there.
WEAKEST_MODULUS = 2


def babies(width: int, sequences: int) -> int:
    """The number of baby steps for a width of exponents and a number of sequences."""
    return max(1, min(isqrt(width * sequences), width, MOST_BABIES))


@dataclass
class FixedK:
    """Sequences of one base b; cell s*width + j is n = start + step*j of sequence s."""

    b: int
    sources: Sources
    start: int
    step: int
    width: int
    cells: Cells
    fewest_cells: int = FEWEST_CELLS
    small_primes: int = SMALL_PRIMES
    _blocks: bool | None = field(init=False, default=None)
    _logarithms: Logarithms | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._b, _ = limbs(whole(self.b))
        self._k, self._k_first = limbs(self.sources.k)
        self._negate = (self.sources.c > 0).astype(np.uint8)

    def strike(self, primes: Rows) -> Hits:
        """The rows that these odd primes divide, once or more often."""
        if not self._in_blocks():
            return self.cells.rows(*self._one_by_one(primes))
        cut = int(np.searchsorted(primes, self.small_primes))
        few, many = primes[:cut], primes[cut:]
        divides_b = self._divides_b(many)
        found = [
            self._one_by_one(few),
            self._together(many[~divides_b]),
            self._one_by_one(many[divides_b]),
        ]
        cells, factors = (np.concatenate(parts) for parts in zip(*found, strict=True))
        self.cells.alive[cells] = 0
        by_cell = np.argsort(cells, kind="stable")
        return self.cells.rows(cells[by_cell], factors[by_cell])

    def _in_blocks(self) -> bool:
        """Whether blocks of primes are worth it; found out once."""
        size = self.sources.size
        if self._blocks is None:
            self._blocks = self.cells.alive.size >= self.fewest_cells and (
                self.fewest_cells == 0
                or modulus_of(self.cells.alive, size) > WEAKEST_MODULUS
            )
        return self._blocks

    def _divides_b(self, primes: Rows) -> NDArray[np.bool_]:
        if not primes.size or self.b < primes[0]:
            return np.zeros(primes.size, dtype=bool)
        if self.b < 2**63:
            few: NDArray[np.bool_] = self.b % primes == 0
            return few
        return np.array([self.b % p == 0 for p in primes.tolist()], dtype=bool)

    def _together(self, primes: Rows) -> Hits:
        if not primes.size:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        if self._logarithms is None:
            signs = (-self.sources.c).tolist()
            self._logarithms = Logarithms(
                self.b,
                self.start,
                self.step,
                self.width,
                np.arange(self.sources.size),
                [s * int(k) for s, k in zip(signs, self.sources.k, strict=True)],
            )
        return self._logarithms.find(primes, self.cells.alive)

    def _one_by_one(self, primes: Rows) -> Hits:
        if not primes.size:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        cell, factor = self.cells.buffers()
        found = strike(
            primes.view(np.uint64),
            self._b,
            self._k,
            self._k_first,
            self._negate,
            np.uint64(self.start),
            np.uint64(self.step),
            self.width,
            babies(self.width, self.sources.size),
            self.cells.alive,
            cell,
            factor,
        )
        return cell[:found], factor[:found]


@inner
def lookup(x: Any, table: Any, baby: Any, mask: Any) -> Any:
    """The t with baby[t] = x, or 0."""
    slot = x & mask
    while table[slot] != 0:
        if baby[table[slot]] == x:
            return np.int64(table[slot])
        slot = (slot + np.uint64(1)) & mask
    return np.int64(0)


@inner
def baby_steps(
    beta: Any, unit: Any, p: Any, ip: Any, table: Any, baby: Any, mask: Any
) -> Any:
    """Fill baby[t] = beta^t and its table; the order of beta if met, else 0."""
    table[:] = 0
    x = unit
    for t in range(1, baby.size):
        x = product(x, beta, p, ip)
        baby[t] = x
        slot = x & mask
        while table[slot] != 0:
            slot = (slot + np.uint64(1)) & mask
        table[slot] = t
        if x == unit:
            return t
    return 0


@kernel(
    "int64(uint64[::1], uint64[::1], uint64[::1], int64[::1], uint8[::1], uint64,"
    " uint64, int64, int64, uint8[::1], int64[::1], int64[::1])"
)
def strike(
    primes: NDArray[np.uint64],
    b_limbs: NDArray[np.uint64],
    k_limbs: NDArray[np.uint64],
    k_first: NDArray[np.int64],
    negate: NDArray[np.uint8],
    start: Any,
    step: Any,
    width: int,
    most: int,
    alive: NDArray[np.uint8],
    hit_cell: NDArray[np.int64],
    hit_factor: NDArray[np.int64],
) -> int:
    """Find every alive cell that a prime divides, clear it, report cell and prime;
    negate[s] says that sequence s has c = +1. Returns the number of hits."""
    size = 4
    while size < 4 * most:
        size *= 2
    table = np.zeros(size, np.int32)
    baby = np.zeros(most + 1, np.uint64)
    mask = np.uint64(size - 1)
    giants = (width + most - 1) // most
    hits = 0
    for index in range(primes.size):
        p = primes[index]
        ip = inverse_word(p)
        unit = one(p)
        r2 = square_of_r(unit, p, ip)
        b = residue(b_limbs, 0, b_limbs.size, r2, p, ip)
        divides_b = b == ZERO
        if divides_b and start > ZERO:
            continue
        order = np.int64(0)
        beta = power(b, step, unit, p, ip)
        if not divides_b:
            order = baby_steps(beta, unit, p, ip, table, baby, mask)
        b_start = power(b, start, unit, p, ip)
        for s in range(negate.size):
            y = residue(k_limbs, k_first[s], k_first[s + 1], r2, p, ip)
            y = product(y, b_start, p, ip)
            if y == ZERO:
                continue
            if negate[s]:
                y = p - y
            if divides_b:  # b^n = 0 but for n = 0
                if y == unit and alive[s * width]:
                    alive[s * width] = 0
                    hit_cell[hits] = s * width
                    hit_factor[hits] = p
                    hits += 1
            elif order > 0:
                t = lookup(y, table, baby, mask)
                if t > 0:
                    for cell in range(s * width + order - t, (s + 1) * width, order):
                        if alive[cell]:
                            alive[cell] = 0
                            hit_cell[hits] = cell
                            hit_factor[hits] = p
                            hits += 1
            else:
                giant = baby[most]
                for i in range(1, giants + 1):
                    y = product(y, giant, p, ip)
                    t = lookup(y, table, baby, mask)
                    j = i * most - t
                    if t > 0 and j < width and alive[s * width + j]:
                        alive[s * width + j] = 0
                        hit_cell[hits] = s * width + j
                        hit_factor[hits] = p
                        hits += 1
    return hits
