"""What a kernel finds: each cell once, with the smallest prime that divides it.

A kernel may meet the primes in any order and a cell many times. The cells found are in
an open hash table of bounded room; when it is full the kernel stops, gets a larger one
and does its last block again, which changes nothing of what it noted before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkreach.jit import inner, kernel
from darkreach.sieve.terms import Rows

_SMALLEST = 2**12


@dataclass
class Found:
    """A table with 2^n slots: cell -1 is an empty slot; count[0] slots are taken."""

    cell: Rows = field(init=False)
    factor: Rows = field(init=False)
    count: Rows = field(init=False)

    def __post_init__(self) -> None:
        self._make(_SMALLEST)

    def grow(self) -> None:
        cell, factor = self.hits()
        self._make(4 * self.cell.size)
        refill(cell, factor, self.cell, self.factor, self.count)

    def add(self, cell: Rows, factor: int) -> None:
        """Note the cells that one prime divides."""
        while self.cell.size < 2 * (self.count[0] + cell.size):
            self.grow()
        factors = np.full(cell.size, factor, dtype=np.int64)
        refill(cell, factors, self.cell, self.factor, self.count)

    def hits(self) -> tuple[Rows, Rows]:
        """The cells, ascending, and the factor of each."""
        taken = np.flatnonzero(self.cell >= 0)
        taken = taken[np.argsort(self.cell[taken])]
        return self.cell[taken], self.factor[taken]

    def _make(self, slots: int) -> None:
        self.cell = np.full(slots, -1, dtype=np.int64)
        self.factor = np.zeros(slots, dtype=np.int64)
        self.count = np.zeros(1, dtype=np.int64)


@inner
def note(
    cell: Any,
    factor: Any,
    cells: NDArray[np.int64],
    factors: NDArray[np.int64],
    count: NDArray[np.int64],
) -> bool:
    """Note that a factor divides a cell; False if there is no more room."""
    mask = np.uint64(cells.size - 1)
    slot = (np.uint64(cell) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20) & mask
    while cells[slot] >= 0:
        if cells[slot] == cell:
            factors[slot] = min(factors[slot], factor)
            return True
        slot = (slot + np.uint64(1)) & mask
    if 4 * count[0] > 3 * cells.size:
        return False
    cells[slot] = cell
    factors[slot] = factor
    count[0] += 1
    return True


@kernel("void(int64[::1], int64[::1], int64[::1], int64[::1], int64[::1])")
def refill(
    cell: NDArray[np.int64],
    factor: NDArray[np.int64],
    cells: NDArray[np.int64],
    factors: NDArray[np.int64],
    count: NDArray[np.int64],
) -> None:
    """Note these in an empty table that has room for them."""
    for i in range(cell.size):
        note(cell[i], factor[i], cells, factors, count)
