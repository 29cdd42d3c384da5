"""Where the words of a residue lie, and which passes lead from digits to a spectrum.

Word j < length/2 is the real part, word j + length/2 the imaginary part of the same
complex number ("right angle": x^(length/2) = i). Cells of `width` complex numbers fill
rows of equal size, row after row. A gap of one cell after every 4 KB, and one more
after every 4 KB of gaps, keeps the rows of a pass out of each other's cache sets.

A `Layout` is plain data, made once per length, for the one compiled driver: steps
(passes down the columns of all rows), nodes (runs of rows that are transformed depth
first) and levels (the passes inside a node).

Negacyclic, length p*2^j: p rows; one step of radix p. Long ones have 2^s*p rows, small
enough for a core's own cache, and more steps until every row is a node by itself; the
columns are walked in blocks then, so that all steps, the carries and the steps back
find a block where the first of them has put it.
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
#: Bytes of a residue from which its columns are walked in blocks, of a row then at
#: most, and of one block of columns.
BLOCKED_FROM, ROW, BLOCK = 1 << 20, 1 << 18, 1 << 15


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
    """One pass down the columns: kind as in `passes.pass_of`, first row, distance of
    the rows, and the node it splits (by its number in a twiddle table)."""

    kind: int
    row: int
    distance: int
    table: int = 0
    number: int = 1


@dataclass(frozen=True)
class Node:
    """Rows that are one power-of-two node, the one with this number in its twiddle
    table (0 .. p-1: roots of i, p .. 2p-1: roots of 1). In the tail, row counts its
    rows."""

    row: int
    cells: int
    table: int
    tail: bool = False
    number: int = 1


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

    @cached_property
    def blocked(self) -> bool:
        return 8 * self.length >= BLOCKED_FROM

    @cached_property
    def rows(self) -> int:
        if self.cyclic or not self.blocked:
            return self.odd << self.splits
        rows = self.odd
        while 8 * self.length // rows > ROW:
            rows *= 2
        return rows

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

    @cached_property
    def size(self) -> int:
        """Doubles of a residue, gaps and tail included."""
        return (self.tail_start + self.odd * self.tail_row_bytes) // 8

    @property
    def block(self) -> int:
        """Cells of a block of columns; the row itself where blocks do not pay."""
        if not self.blocked:
            return self.row_cells
        cells = max(4, BLOCK // (self.rows * cell_bytes(self.width)))
        return min(self.row_cells, 1 << bit_length(cells))

    def _right_angles(self) -> Iterator[tuple[int, int]]:
        """First row and rows / p of every polynomial modulo x^half + 1."""
        if not self.cyclic:
            yield 0, self.rows // self.odd
        for split in range(1, self.splits + 1):
            yield self.rows >> split, 1 << (self.splits - split)

    def steps(self) -> Iterator[Step]:
        p = self.odd
        for split in range(1, self.splits + 1):
            low = self.rows >> split
            for row in range(low):
                yield Step(1, row, low)
        for first, each in self._right_angles():
            if p > 1:
                for row in range(each):
                    yield Step(p, first + row, each)
            if self.blocked:
                for table in range(p):
                    yield from _node_steps(first + table * each, each, table)

    def nodes(self) -> Iterator[Node]:
        p = self.odd
        for first, each in self._right_angles():
            for table in range(p):
                row = first + table * each
                if self.blocked:
                    for i in range(each):
                        yield Node(row + i, self.row_cells, table, number=each + i)
                else:
                    yield Node(row, each * self.row_cells, table)
        for table in range(p if self.cyclic else 0):
            yield Node(table, self.tail_cells, p + table, tail=True)

    def angles(self) -> list[float | np.longdouble]:
        """Angle of the root of each twiddle table, in turns."""
        p = self.odd
        quarter = 0.25 * TURN.get(p, 1)
        thirds = [np.longdouble(j) / p for j in range(p)]
        right = [quarter + third for third in thirds]
        return [*right, *thirds] if self.cyclic else [*right]

    def largest_node(self, table: int) -> int:
        """Cells of the whole of which all nodes that use this table are parts."""
        return max(
            node.cells << bit_length(node.number)
            for node in self.nodes()
            if node.table == table
        )

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


def _node_steps(first: int, rows: int, table: int) -> Iterator[Step]:
    """Passes down the columns that split a node of `rows` rows into single rows."""
    number = 1
    for radix in radices(rows, 4):
        apart = rows // (number * radix)
        for place in range(number):
            start = first + place * radix * apart
            for row in range(start, start + apart):
                yield Step(radix, row, apart, table, number + place)
        number *= radix


def radices(parts: int, width: int) -> list[int]:
    """The passes that split a node into 2^i parts, from the top. Eight complex vectors
    and their twiddle factors need more than 16 registers."""
    left, found = bit_length(parts), []
    while left:
        most = 3 if width == 8 and left % 3 == 0 else 2
        take = 1 if width < 8 and left % 2 else min(most, left)
        found.append(1 << take)
        left -= take
    return found
