"""Where the words of a residue lie, and which passes lead from digits to a spectrum.

Negacyclic: word j < length/2 is the real part, word j + length/2 the imaginary part of
the same complex number ("right angle": x^(length/2) = i). Cyclic: words 2j and 2j + 1
are. Cells of `width` complex numbers fill rows of equal size, row after row. A gap of
one cell after every 4 KB, and one more after every 4 KB of gaps, keeps the rows of a
pass out of each other's cache sets.

A `Layout` is plain data, made once per length, for the one compiled driver: steps
(passes down the columns of all rows) and a program of nodes, parts of rows that are
transformed depth first. Length p*2^j has p rows; one step of radix p. Long ones have
2^s*p rows, small enough for a core's own cache, and more steps until every row is a
node by itself; the columns are walked in blocks then, so that all steps, the carries
and the steps back find a block where the first of them has put it.

Cyclic nodes come in pairs, a node and the one of the conjugate root, which is kept
conjugated and split by the same twiddle factors (`cyclic_leaves`). The nodes of the
roots 1 and -1 have no partner and are split into pairs by sweeps of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from darkreach.arithmetic.fft.butterflies import (
    MINUS,
    PLAIN,
    PLUS,
    TURN,
    bit_length,
)
from darkreach.arithmetic.fft.passes import LEAF_CELLS

ODD = (1, 3, 5, 7, 9, 15)
#: Bytes of a residue from which its columns are walked in blocks, of a row then at
#: most (twice that rather than one step more where there is one of odd radix), and of
#: one block of columns.
BLOCKED_FROM, ROW, BLOCK = 1 << 20, 1 << 18, 1 << 15
#: Most rows of the busiest thread, in those of the average one.
_UNEVEN = 1.15


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
    """One pass down the columns: radix and root as in `passes.pass_of`, first row,
    distance of the rows, and the node it splits (by its number in a twiddle table)."""

    radix: int
    root: str
    row: int
    distance: int
    table: int = 0
    number: int = 1


@dataclass(frozen=True)
class Node:
    """Cells from `start` on that are one power-of-two node, the one with this number
    in its twiddle table; and of a pair, where the partner starts (row, cell)."""

    row: int
    start: int
    cells: int
    table: int
    number: int = 1
    partner: tuple[int, int] | None = None


@dataclass(frozen=True)
class Sweep:
    """The first pass of a node of root 1 or -1, before (ahead) and after its parts."""

    node: Node
    radix: int
    root: str
    ahead: bool


@dataclass(frozen=True)
class Single:
    """A leaf of root 1 or -1."""

    node: Node
    root: str


@dataclass(frozen=True)
class Layout:
    """length reals for vectors of `width`; cyclic: modulo x^length = 1, else = -1.

    divided: the threads that share rows and blocks of columns; a short length may have
    work for fewer. ValueError for a length that is too short, or not
    p*2^j with p in `ODD`.
    """

    length: int
    width: int
    cyclic: bool
    divided: int = 1
    odd: int = field(init=False)

    def __post_init__(self) -> None:
        if self.length < 1 or odd_part(self.length) not in ODD:
            raise ValueError(f"length {self.length} is not p*2^j, p in {ODD}")
        object.__setattr__(self, "odd", odd_part(self.length))
        if self.length // (2 * self.width * self.odd * LEAF_CELLS[self.width]) == 0:
            kind = "cyclic" if self.cyclic else "negacyclic"
            raise ValueError(
                f"length {self.length}: too short for a {kind} transform "
                f"of width {self.width}"
            )

    @property
    def half(self) -> int:
        """Complex numbers."""
        return self.length // 2

    @cached_property
    def blocked(self) -> bool:
        return 8 * self.length >= BLOCKED_FROM or self.divided > 1

    @cached_property
    def rows(self) -> int:
        rows = self.odd
        most = ROW if self.odd == 1 else 2 * ROW
        while self.blocked and 8 * self.length // rows > most:
            rows *= 2
        # Four cells are the least block of columns.
        cells = max(LEAF_CELLS[self.width], 4 * self.divided)
        while (
            -(-rows // self.divided) * self.divided > _UNEVEN * rows
            and self.half // (2 * rows * self.width) >= cells
        ):
            rows *= 2
        return rows

    @property
    def row_cells(self) -> int:
        return self.half // (self.width * self.rows)

    @property
    def row_bytes(self) -> int:
        return cell_address(self.width, self.row_cells) + cell_bytes(self.width)

    @cached_property
    def size(self) -> int:
        """Doubles of a residue, gaps included."""
        return self.rows * self.row_bytes // 8

    @property
    def block(self) -> int:
        """Cells of a block of columns; the row itself where blocks do not pay."""
        if not self.blocked:
            return self.row_cells
        cells = BLOCK // (self.rows * cell_bytes(self.width))
        cells = max(4, min(cells, self.row_cells // self.divided))
        return 1 << bit_length(cells)

    @property
    def blocks(self) -> int:
        return -(-self.row_cells // self.block)

    @property
    def _each(self) -> int:
        """Rows of each of the p nodes."""
        return self.rows // self.odd

    def _table(self, p: int) -> int:
        """The twiddle table of root p: a partner has that of the other."""
        return min(p, self.odd - p) if self.cyclic and p else p

    def steps(self) -> Iterator[Step]:
        each = self._each
        if self.odd > 1:
            for row in range(each):
                yield Step(self.odd, PLUS if self.cyclic else PLAIN, row, each)
        for p in range(self.odd):
            real = self.cyclic and p == 0
            yield from _node_steps(p * each, each, self._table(p), real)

    def program(self) -> Iterator[Node | Sweep | Single]:
        each, cells = self._each, self.row_cells
        if not self.cyclic:
            for row in range(self.rows):
                p, place = divmod(row, each)
                yield Node(row, 0, cells, p, each + place)
            return
        for place, partner in _pairs(each):
            node = Node(place, 0, cells, 0, each + place)
            if partner == place:
                yield from self._real_node(node, MINUS if place else PLUS)
            else:
                yield replace(node, partner=(partner, 0))
        for p in range(1, self.odd // 2 + 1):
            for i in range(each):
                partner = (self.odd - p) * each + i
                yield Node(p * each + i, 0, cells, p, each + i, (partner, 0))

    def _real_node(self, node: Node, root: str) -> Iterator[Node | Sweep | Single]:
        """The node of root 1 or -1: a sweep, its pairs, its nodes of root 1 and -1."""
        leaves = node.cells // LEAF_CELLS[self.width]
        if leaves == 1:
            yield Single(node, root)
            return
        radix = radices(leaves, self.width)[0]
        cells = node.cells // radix
        yield Sweep(node, radix, root, True)
        half = radix // 2
        pairs = [(i, i + half) for i in range(half)] if root == MINUS else _pairs(radix)
        for place, partner in pairs:
            start, other = (node.start + i * cells for i in (place, partner))
            number = node.number * radix + place
            part = Node(node.row, start, cells, node.table, number)
            if place == partner:
                yield from self._real_node(part, MINUS if place else PLUS)
            else:
                yield replace(part, partner=(node.row, other))
        yield Sweep(node, radix, root, False)

    def shares(self, count: int) -> list[list[Node | Sweep | Single]]:
        """The program in `count` parts of about the same work, none of which touches
        the rows of another."""
        pieces: list[tuple[int, list[Node | Sweep | Single]]] = [(0, [])]
        inside = 0
        for each in self.program():
            pieces[-1][1].append(each)
            if isinstance(each, Sweep):
                inside += 1 if each.ahead else -1
            if not inside:
                node = each if isinstance(each, Node) else each.node
                pieces[-1] = 1 if node.partner is None else 2, pieces[-1][1]
                pieces.append((0, []))
        found: list[list[Node | Sweep | Single]] = [[] for _ in range(count)]
        work = [0] * count
        for weight, piece in sorted(pieces, key=lambda each: -each[0]):
            least = work.index(min(work))
            work[least] += weight
            found[least] += piece
        return found

    def nodes(self) -> Iterator[Node]:
        for each in self.program():
            yield each if isinstance(each, Node) else each.node

    def angles(self) -> list[float | np.longdouble]:
        """Angle of the root of each twiddle table, in turns."""
        p = self.odd
        first = 0.0 if self.cyclic else 0.25 * TURN.get(p, 1)
        count = p // 2 + 1 if self.cyclic else p
        return [first + np.longdouble(j) / p for j in range(count)]

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
        both = np.stack([real, real + self.width])
        return both.ravel(order="F" if self.cyclic else "C")


def _pairs(parts: int) -> Iterator[tuple[int, int]]:
    """Parts of the node of root 1 and their partners; 0 and 1 are their own."""
    yield 0, 0
    if parts > 1:
        yield 1, 1
    size = 2
    while size < parts:
        for i in range(size // 2):
            yield size + i, size + size // 2 + i
        size *= 2


def _node_steps(first: int, rows: int, table: int, real: bool) -> Iterator[Step]:
    """Passes down the columns that split a node of `rows` rows into single rows. real:
    the node of root 1."""
    number = 1
    for radix in radices(rows, 4):
        apart = rows // (number * radix)
        numbers = [(place, PLAIN, number + place) for place in range(number)]
        if real:
            numbers = [
                (place, (PLUS, MINUS)[one] if one == other else PLAIN, number + one)
                for one, other in _pairs(number)
                for place in {one, other}
            ]
        for place, root, each in numbers:
            start = first + place * radix * apart
            for row in range(start, start + apart):
                yield Step(radix, root, row, apart, table, each)
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
