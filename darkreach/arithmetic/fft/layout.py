"""Where the words of a residue lie, and which passes lead from digits to a spectrum.

Word j < length/2 is the real part, word j + length/2 the imaginary part of the same
complex number ("right angle": x^(length/2) = i). Cells of `width` complex numbers fill
rows of equal size, row after row. A gap of one cell after every 4 KB, and one more
after every 4 KB of gaps, keeps the rows of a pass out of each other's cache sets.

A `Layout` is plain data, made once per length, for the one compiled driver: steps
(passes down the columns of all rows), nodes (runs of rows that are transformed depth
first) and levels (the passes inside a node).

Negacyclic, length p*2^j: p rows; one step of radix p.
Cyclic: 2^t*p rows. t real splits leave polynomials modulo y^half + 1, which are right
angles again, and a rest modulo y - 1 of length/2^t reals. The rest moves to a tail
behind the rows, as complex numbers without imaginary part, and is a node of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from darkreach.arithmetic.fft.butterflies import TURN
from darkreach.arithmetic.fft.passes import LEAF_CELLS, bit_length

ODD = (1, 3, 5, 7, 9, 15)
#: Real splits of a cyclic transform: the rest is computed at twice its price.
MOST_SPLITS = 5
#: Cells per row from which the columns are walked in blocks, and of one block.
BLOCKED_FROM, BLOCK = 1 << 30, 16


def odd_part(length: int) -> int:
    while length % 2 == 0:
        length //= 2
    return length


def cell_bytes(width: int) -> int:
    return 16 * width


def cell_address(width: int, cell: int) -> int:
    """Bytes from the start of a row to its cell."""
    shift = 12 - bit_length(cell_bytes(width))
    padded = cell + (cell >> shift) + (cell >> (shift + 6))
    return cell_bytes(width) * padded


@dataclass(frozen=True)
class Step:
    """One pass down the columns: kind as in `passes.pass_of`, first row, distance."""

    kind: int
    row: int
    distance: int


@dataclass(frozen=True)
class Node:
    """Rows that are one power-of-two node with twiddle table `table` (0 .. p-1 the
    roots of i, p .. 2p-1 the roots of 1); in the tail, row counts its rows."""

    row: int
    cells: int
    table: int
    tail: bool = False


@dataclass(frozen=True)
class Layout:
    """length reals for vectors of `width`; cyclic: modulo x^length = 1, else = -1.

    ValueError for a length that is too short, or not p*2^j with p in `ODD`.
    """

    length: int
    width: int
    cyclic: bool
    odd: int = field(init=False)
    splits: int = field(init=False)

    def __post_init__(self) -> None:
        if self.length < 1 or odd_part(self.length) not in ODD:
            raise ValueError(f"length {self.length} is not p*2^j, p in {ODD}")
        object.__setattr__(self, "odd", odd_part(self.length))
        leaf = LEAF_CELLS[self.width]
        room = self.length // (2 * self.width * self.odd * leaf)
        # Every node keeps at least one leaf; the smallest is half of the last split.
        splits = min(MOST_SPLITS, bit_length(room)) if self.cyclic and room else 0
        if room == 0 or (self.cyclic and splits == 0):
            kind = "cyclic" if self.cyclic else "negacyclic"
            raise ValueError(
                f"length {self.length}: too short for a {kind} transform "
                f"of width {self.width}"
            )
        object.__setattr__(self, "splits", splits)

    @property
    def half(self) -> int:
        """Complex numbers."""
        return self.length // 2

    @property
    def rows(self) -> int:
        return self.odd << self.splits

    @property
    def row_cells(self) -> int:
        return self.half // (self.width * self.rows)

    def _row_bytes(self, cells: int) -> int:
        return cell_address(self.width, cells) + cell_bytes(self.width)

    @property
    def row_bytes(self) -> int:
        return self._row_bytes(self.row_cells)

    @property
    def tail_cells(self) -> int:
        """Cells of each of the p rows of the tail."""
        return 2 * self.row_cells if self.cyclic else 0

    @property
    def tail_row_bytes(self) -> int:
        return self._row_bytes(self.tail_cells) if self.cyclic else 0

    @property
    def tail_start(self) -> int:
        """Bytes before the tail."""
        return self.rows * self.row_bytes

    @property
    def size(self) -> int:
        """Doubles of a residue, gaps and tail included."""
        return (self.tail_start + self.odd * self.tail_row_bytes) // 8

    @property
    def block(self) -> int:
        """Cells of a block of columns; the row itself where blocks do not pay."""
        return self.row_cells if self.row_cells < BLOCKED_FROM else BLOCK

    def steps(self) -> Iterator[Step]:
        p = self.odd
        for split in range(1, self.splits + 1):
            low = self.rows >> split
            for row in range(low):
                yield Step(1, row, low)
        if p == 1:
            return
        if not self.cyclic:
            yield Step(p, 0, 1)
            return
        for split in range(1, self.splits + 1):
            first, each = self.rows >> split, 1 << (self.splits - split)
            for row in range(each):
                yield Step(p, first + row, each)

    def nodes(self) -> Iterator[Node]:
        p = self.odd
        if not self.cyclic:
            for table in range(p):
                yield Node(table, self.row_cells, table)
            return
        for split in range(1, self.splits + 1):
            first, each = self.rows >> split, 1 << (self.splits - split)
            for table in range(p):
                yield Node(first + table * each, each * self.row_cells, table)
        for table in range(p):
            yield Node(table, self.tail_cells, p + table, tail=True)

    def angles(self) -> list[float | np.longdouble]:
        """Angle of the root of each twiddle table, in turns."""
        p = self.odd
        quarter = 0.25 * TURN.get(p, 1)
        thirds = [np.longdouble(j) / p for j in range(p)]
        right = [quarter + third for third in thirds]
        return [*right, *thirds] if self.cyclic else [*right]

    def largest_node(self, table: int) -> int:
        """Cells of the largest node that uses this table."""
        return max(node.cells for node in self.nodes() if node.table == table)

    @cached_property
    def positions(self) -> NDArray[np.int64]:
        """Index of every word among the doubles of a residue."""
        shift = 12 - bit_length(cell_bytes(self.width))
        cells = np.arange(self.half // self.width, dtype=np.int64)
        row, cell = np.divmod(cells, self.row_cells)
        start = row * self.row_bytes + cell_bytes(self.width) * (
            cell + (cell >> shift) + (cell >> (shift + 6))
        )
        lanes = np.arange(self.width, dtype=np.int64)
        real = (start[:, None] // 8 + lanes).ravel()
        return np.concatenate([real, real + self.width])


def radices(leaves: int, width: int) -> list[int]:
    """The passes of a node of 2^i leaves, from the top."""
    left, found = bit_length(leaves), []
    while left:
        take = 3 if left % 3 == 0 else 1 if left == 1 else 2
        found.append(1 << take)
        left -= take
    return found
