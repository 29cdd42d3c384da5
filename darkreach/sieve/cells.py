"""The cells of a sieve: a dense map of flags, and which rows each cell stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darkreach.sieve.terms import Rows, Whole

#: Rows that a prime divides, and that prime, in parallel arrays.
Hits = tuple[Rows, Rows]

NO_HITS: Hits = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


def joined(hits: Sequence[Hits]) -> Hits:
    """Several lists of hits as one."""
    cells, factors = zip(NO_HITS, *hits, strict=True)
    return np.concatenate(cells), np.concatenate(factors)


def limbs(values: Whole) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The values as 64-bit words, each most significant word first; value i is
    words[first[i]:first[i+1]]."""
    if values.dtype != object:
        return values.astype(np.uint64), np.arange(values.size + 1, dtype=np.int64)
    words: list[int] = []
    first = [0]
    for value in values.tolist():
        for shift in range((max(value.bit_length(), 1) - 1) // 64, -1, -1):
            words.append(value >> 64 * shift & 2**64 - 1)
        first.append(len(words))
    return np.array(words, dtype=np.uint64), np.array(first, dtype=np.int64)


def whole(*values: int) -> Whole:
    """The values as an array, of Python's own numbers where they need it."""
    fits = all(-(2**63) <= v < 2**63 for v in values)
    return np.array(values, dtype=np.int64 if fits else object)


@dataclass
class Cells:
    """alive[i] = 1 while cell i is to be sieved. Several rows may share a cell, for a
    number that the task holds twice."""

    alive: NDArray[np.uint8]
    cell: Rows  # ascending
    row: Rows  # the row of each entry of cell

    @classmethod
    def make(cls, size: int, cell: Rows, row: Rows) -> Cells:
        by_cell = np.argsort(cell, kind="stable")
        alive = np.zeros(size, dtype=np.uint8)
        alive[cell] = 1
        return cls(alive, cell[by_cell], row[by_cell])

    def buffers(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Room for the hits of one call: a kernel clears the flag of every cell that
        it reports, so each comes at most once."""
        room = int(np.count_nonzero(self.alive))
        return np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)

    def rows(self, cells: Rows, factors: Rows) -> Hits:
        """Hits on cells as hits on rows."""
        low = np.searchsorted(self.cell, cells, side="left")
        counts = np.searchsorted(self.cell, cells, side="right") - low
        if counts.size == 0:
            return NO_HITS
        if counts.max() == 1:
            return self.row[low], factors
        offsets = np.arange(counts.sum()) - np.repeat(
            np.cumsum(counts) - counts, counts
        )
        return self.row[np.repeat(low, counts) + offsets], np.repeat(factors, counts)

    def drop(self, dead: NDArray[np.bool_]) -> None:
        """Stop sieving the rows marked in dead, a flag for each row of the task. A
        cell goes on while one of its rows does."""
        self.alive[self.cell] = 0
        self.alive[self.cell[~dead[self.row]]] = 1
