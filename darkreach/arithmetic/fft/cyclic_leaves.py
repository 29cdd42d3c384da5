"""Leaves of the cyclic transform: squarings of real polynomials modulo x^length = 1.

Complex number j of a residue is z(j) = x(2j) + i*x(2j+1). With e and o the polynomials
of the even and odd words, Z = e + i*o modulo y^half - 1, y = x^2, and the square has

    e^2 + y*o^2 + i*2*e*o = Z^2 + (1 + y)*o^2 = Z^2 - (1 + y)/4 * (Z - Z')^2,

Z'(y) = conj(Z(conj y)): at every root of one, the transform at the conjugate root takes
part. The passes leave the half of the leaves that meets it conjugated, and in the order
of the other half (`partners`), so that a leaf and its partner have the same twiddle
factors and T = (1 + y)/4 * (Z - Z')^2 comes off the squares of both. Two leaves, those
of the roots 1 and -1, are partners of themselves.
(The split of a real transform is that of every text book on the FFT.)
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from darkreach.arithmetic.fft.butterflies import (
    PLUS,
    Complex,
    forward,
    inverse,
)
from darkreach.arithmetic.fft.native import Routine
from darkreach.arithmetic.fft.passes import (
    LEAF_CELLS,
    ROOT_HALF,
    cell_of,
    lane_powers_of,
    node_powers,
    put,
    scalars_per_node,
    turned_round,
)
from darkreach.arithmetic.fft.vectors import INT, Memory, Vector, fused, shuffled


class _Leaf:
    """One leaf's twiddle factors, and its transform from words to points and back."""

    def __init__(self, memory: Memory, record: Any) -> None:
        self.memory, self.width = memory, memory.width
        self.cells = LEAF_CELLS[self.width]
        self.groups = self.cells // self.width
        self._root_half = memory.constant(ROOT_HALF)
        self._across = node_powers(memory, record, self.cells)
        self._lanes = [
            lane_powers_of(memory, record, group, cyclic=True)
            for group in range(self.groups)
        ]

    def loaded(self, place: Any) -> list[Complex]:
        size = 16 * self.width
        return [cell_of(self.memory, place, size * j) for j in range(self.cells)]

    def stored(self, place: Any, values: Sequence[Complex]) -> None:
        for j, value in enumerate(values):
            put(self.memory, place, 16 * self.width * j, value)

    def points(self, values: Sequence[Complex]) -> list[Complex]:
        """Cells of words into vectors of points."""
        values = forward(values, self._across, self._root_half)
        out: list[Complex] = []
        for group, powers in enumerate(self._lanes):
            part = values[group * self.width : (group + 1) * self.width]
            out += forward(turned_round(part), powers, self._root_half)
        return out

    def words(self, points: Sequence[Complex]) -> list[Complex]:
        """The way back."""
        values: list[Complex] = []
        for group, powers in enumerate(self._lanes):
            part = points[group * self.width : (group + 1) * self.width]
            values += turned_round(inverse(part, powers, self._root_half))
        return inverse(values, self._across, self._root_half)

    def common(self, number: int, product: Complex) -> Complex:
        """(1 + y) * product at the points of this vector."""
        group, turn = divmod(number, self.width)
        root = self._lanes[group][0]
        if turn >= 4:
            re, im = root
            root = Complex((re - im) * self._root_half, (re + im) * self._root_half)
        quarters = (0, 2, 1, 3)[turn % 4]
        return product.plus(product.times(root).turned(quarters))


def _less(square: Complex, common: Complex, quarter: Vector) -> Complex:
    """square - common/4."""
    return Complex(
        fused(-common.re, quarter, square.re), fused(-common.im, quarter, square.im)
    )


def _looped(width: int, name: str, one: Any) -> Routine:
    """Routine (first, apart, record, distance, count, -, -): one(memory, first, second,
    record, distance) for leaves that follow one another without gaps. The second lies
    `apart` from the first, and the spectrum of a factor at `distance` from each."""
    cells, size = LEAF_CELLS[width], 16 * width
    record_size = 16 * scalars_per_node(width, cyclic=True)

    def body(
        memory: Memory,
        first: Any,
        apart: Any,
        record: Any,
        distance: Any,
        count: Any,
        *unused: Any,
    ) -> None:
        build = memory.builder

        def leaf_at(offset: Any, _: Any) -> list[Any]:
            scaled = build.udiv(offset, INT(cells * size // 16))
            here = build.mul(scaled, INT(record_size // 16))
            place = memory.shifted(first, offset)
            second = memory.shifted(place, apart)
            one(memory, place, second, memory.shifted(record, here), distance)
            return []

        memory.loop(count, cells * size, [], leaf_at)

    return Routine(name, width, 7, body)


@cache
def paired_leaves(width: int, action: str) -> Routine:
    """As in `_looped`: "square", "multiply" by the spectra at the distance, or
    "prepare", which puts them there."""

    def one(memory: Memory, first: Any, second: Any, record: Any, other: Any) -> None:
        leaf = _Leaf(memory, record)
        quarter = memory.constant(0.25)
        size = 16 * width
        away = memory.shifted(first, other), memory.shifted(second, other)
        # The points of the first leaf wait in memory for those of the second.
        place = away[0] if action == "prepare" else first
        leaf.stored(place, leaf.points(leaf.loaded(first)))
        points = leaf.points(leaf.loaded(second))
        if action == "prepare":
            leaf.stored(away[1], points)
            return
        for j, y in enumerate(points):
            x = cell_of(memory, first, size * j)
            apart = x.minus(y)
            if action == "square":
                products = x.squared(), y.squared(), apart.squared()
            else:
                u, v = (cell_of(memory, each, size * j) for each in away)
                products = x.times(u), y.times(v), apart.times(u.minus(v))
            common = leaf.common(j, products[2])
            put(memory, first, size * j, _less(products[0], common, quarter))
            points[j] = _less(products[1], common, quarter)
        leaf.stored(second, leaf.words(points))
        leaf.stored(first, leaf.words(leaf.loaded(first)))

    return _looped(width, f"paired_{action}", one)


def _mirror(root: str, points: int) -> list[int]:
    """The place of the conjugate of every point of a leaf of root 1 or -1."""
    if root != PLUS:
        return list(reversed(range(points)))
    found = [0, 1]
    while len(found) < points:
        found += reversed(range(len(found), 2 * len(found)))
    return found


def _mirrored(values: Sequence[Complex], width: int, root: str) -> list[Complex]:
    """conj(Z(conj y)) of vectors of points. Vector g*width + v has in lane l the point
    width*(g*width + l) + v."""
    mirror = _mirror(root, LEAF_CELLS[width] * width)
    out = []
    for number in range(len(values)):
        group, place = divmod(number, width)
        sources = []
        for lane in range(width):
            cell, v = divmod(mirror[width * (group * width + lane) + place], width)
            sources.append((cell // width * width + v, cell % width))
        vectors = sorted({vector for vector, _ in sources})
        a, b = values[vectors[0]], values[vectors[-1]]
        lanes = [lane + width * (vector != vectors[0]) for vector, lane in sources]
        mirrored = Complex(shuffled(a.re, b.re, lanes), shuffled(a.im, b.im, lanes))
        out.append(mirrored.conjugate())
    return out


@cache
def single_leaf(width: int, action: str, root: str) -> Routine:
    """The same for one leaf of root 1 or -1, which is its own partner."""

    def one(memory: Memory, first: Any, second: Any, record: Any, other: Any) -> None:
        leaf = _Leaf(memory, record)
        quarter = memory.constant(0.25)
        away = memory.shifted(first, other)
        points = leaf.points(leaf.loaded(first))
        if action == "prepare":
            leaf.stored(away, points)
            return
        factors = points if action == "square" else leaf.loaded(away)
        apart = [
            [
                x.minus(y)
                for x, y in zip(each, _mirrored(each, width, root), strict=True)
            ]
            for each in (points, factors)
        ]
        for j, (x, y) in enumerate(zip(points, factors, strict=True)):
            common = leaf.common(j, apart[0][j].times(apart[1][j]))
            points[j] = _less(x.times(y), common, quarter)
        leaf.stored(first, leaf.words(points))

    return _looped(width, f"single_{action}_{root}", one)
