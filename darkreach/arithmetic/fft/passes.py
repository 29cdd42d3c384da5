"""Passes over rows of cells, and the leaves where the squaring happens.

A cell is `width` complex numbers: their real parts, then their imaginary parts. Each
pass takes the address of its first cell, the address of a table of its rows' distances
in bytes, the address of its twiddle record and a number of cells, and works in place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain
from typing import Any

import numpy as np

from darkreach.arithmetic.fft.butterflies import (
    Complex,
    Pair,
    forward,
    inverse,
    odd_constants,
    odd_forward,
    odd_inverse,
    pair_roots,
)
from darkreach.arithmetic.fft.native import Routine
from darkreach.arithmetic.fft.vectors import INT, Memory, transposed

ROOT_HALF = float(np.sqrt(np.longdouble(0.5)))
#: Cells of a leaf, by width: radix across the cells, then radix `width` in the lanes.
LEAF_CELLS = {8: 8, 4: 8, 2: 8}


def bit_length(power_of_two: int) -> int:
    """log2 of a power of two."""
    return power_of_two.bit_length() - 1


#: Powers of the eighth root of rho(b) in the record of a node b: radix 8 takes all,
#: radix 4 every second, radix 2 the fourth.
NODE_POWERS = 7


def lane_powers(width: int) -> int:
    """Powers behind them in the record of a leaf: of the root of its first pair."""
    return max(1, width // 2 - 1)


def lane_root(width: int) -> int:
    """What power of that root rho(b) is."""
    return LEAF_CELLS[width] * width // 2


def scalars_per_node(width: int) -> int:
    """Complex numbers in the record of a node."""
    return NODE_POWERS + lane_powers(width)


def _cell(memory: Memory, address: Any, offset: Any) -> Complex:
    place = memory.shifted(address, offset)
    return Complex(memory.load(place), memory.load(place, 8 * memory.width))


def _put(memory: Memory, address: Any, offset: Any, value: Complex) -> None:
    place = memory.shifted(address, offset)
    memory.store(place, 0, value.re)
    memory.store(place, 8 * memory.width, value.im)


def _scalar(memory: Memory, record: Any, place: int) -> Complex:
    return Complex(
        memory.broadcast(record, 16 * place), memory.broadcast(record, 16 * place + 8)
    )


def _rows(memory: Memory, count: int, offsets: Any) -> list[Any]:
    """Bytes from the first to each row of a pass, out of a table of int64."""
    build = memory.builder
    places = [memory.shifted(offsets, 8 * row) for row in range(1, count)]
    return [0, *(build.load(build.inttoptr(p, INT.as_pointer())) for p in places)]


def _powers(memory: Memory, record: Any, radix: int) -> list[Complex]:
    step = (NODE_POWERS + 1) // radix
    return [_scalar(memory, record, j * step - 1) for j in range(1, radix)]


def columns(width: int, radix: int, name: str, change: Callable[..., Any]) -> Routine:
    """Routine (address, offsets, record, cells): change(rows, powers, root_half) for
    every column."""

    def body(
        memory: Memory, address: Any, offsets: Any, record: Any, cells: Any
    ) -> None:
        powers = _powers(memory, record, radix)
        root_half = memory.constant(ROOT_HALF)
        rows = _rows(memory, radix, offsets)

        def column(offset: Any, _: Any) -> list[Any]:
            place = memory.shifted(address, offset)
            values = [_cell(memory, place, row) for row in rows]
            changed = change(values, powers, root_half)
            for row, value in zip(rows, changed, strict=True):
                _put(memory, place, row, value)
            return []

        memory.loop(cells, 16 * width, [], column)

    return Routine(f"{name}{radix}", width, 4, body)


def odd_columns(width: int, p: int, name: str, change: Callable[..., Any]) -> Routine:
    """Routine (address, offsets, record, cells) for p rows; it reads no record."""

    def body(
        memory: Memory, address: Any, offsets: Any, record: Any, cells: Any
    ) -> None:
        constants = [
            (memory.constant(cosine), memory.constant(sine))
            for cosine, sine in odd_constants(p)
        ]
        rows = _rows(memory, p, offsets)

        def column(offset: Any, _: Any) -> list[Any]:
            place = memory.shifted(address, offset)
            values = [_cell(memory, place, row) for row in rows]
            for row, value in zip(rows, change(values, constants), strict=True):
                _put(memory, place, row, value)
            return []

        memory.loop(cells, 16 * width, [], column)

    return Routine(f"{name}{p}", width, 4, body)


def real_split(width: int, back: bool) -> Routine:
    """Routine (address, offsets, record, cells): y^2 = 1 for real polynomials.

    Two rows hold four quarters of a real polynomial modulo y^4 - 1 (y = x^(len/4)):
    (0, 2) and (1, 3). Row 0 becomes its two halves modulo y^2 - 1, row 1 the same
    modulo y^2 + 1, where halves are real and imaginary part. Back leaves a factor 2.
    """

    def body(
        memory: Memory, address: Any, offsets: Any, record: Any, cells: Any
    ) -> None:
        _, other = _rows(memory, 2, offsets)

        def column(offset: Any, _: Any) -> list[Any]:
            place = memory.shifted(address, offset)
            a, b = _cell(memory, place, 0), _cell(memory, place, other)
            if back:
                low = Complex(a.re + b.re, a.re - b.re)
                high = Complex(a.im + b.im, a.im - b.im)
            else:
                low = Complex(a.re + a.im, b.re + b.im)
                high = Complex(a.re - a.im, b.re - b.im)
            _put(memory, place, 0, low)
            _put(memory, place, other, high)
            return []

        memory.loop(cells, 16 * width, [], column)

    return Routine("join_real" if back else "split_real", width, 4, body)


@cache
def move(width: int, clear: bool) -> Routine:
    """Routine (source, target, other, factor): target = source * factor, for one
    vector; with `clear`, other becomes zero."""

    def body(memory: Memory, source: Any, target: Any, other: Any, factor: Any) -> None:
        memory.store(target, 0, memory.load(source) * memory.broadcast(factor))
        if clear:
            memory.store(other, 0, memory.constant(0.0))

    return Routine("move_clear" if clear else "move", width, 4, body)


def _angles(cells: int) -> list[float]:
    """Angle of the node cells*b + j below node b, in turns, less angle(b)/cells."""
    angles = [0.0]
    while len(angles) < cells:
        angles = [turn for a in angles for turn in (a / 2, a / 2 + 0.5)]
    return angles


def _lane_constants(memory: Memory, group: int, power: int) -> Complex:
    """What this power of the root of the first pair has beyond the leaf's, by lane."""
    width = memory.width
    angles = _angles(LEAF_CELLS[width])[group * width : (group + 1) * width]
    turns = np.array(angles, dtype=np.longdouble) * power / (width // 2)
    radians = 2 * np.arctan2(np.longdouble(0), np.longdouble(-1)) * turns
    return Complex(
        memory.constant(np.cos(radians).astype(float).tolist()),
        memory.constant(np.sin(radians).astype(float).tolist()),
    )


def _lane_powers(memory: Memory, record: Any, group: int) -> list[Complex]:
    return [
        _scalar(memory, record, NODE_POWERS + power - 1).times(
            _lane_constants(memory, group, power)
        )
        for power in range(1, lane_powers(memory.width) + 1)
    ]


def _turned_round(values: Sequence[Complex]) -> list[Complex]:
    """Cells to lanes and lanes to cells."""
    re, im = (transposed([v[part] for v in values]) for part in (0, 1))
    return [Complex(*pair) for pair in zip(re, im, strict=True)]


def _by_lanes(
    change: Callable[..., list[Complex]], values: Sequence[Complex], lanes: Any
) -> list[Complex]:
    """All levels but the last, of even and of odd coefficients."""
    powers, root_half = lanes
    used = powers[: len(values) // 2 - 1]
    out = list(values)
    for parity in (0, 1):
        out[parity::2] = change(values[parity::2], used, root_half)
    return out


def _pairs(memory: Memory, place: Any, count: int) -> list[Pair]:
    size = 16 * memory.width
    cells = [_cell(memory, place, size * j) for j in range(count)]
    return [Pair(*cells[j : j + 2]) for j in range(0, count, 2)]


def _squared(memory: Memory, pairs: list[Pair], roots: Any, other: Any) -> list[Pair]:
    return [pair.squared(root) for pair, root in zip(pairs, roots, strict=True)]


def _kept(memory: Memory, pairs: list[Pair], roots: Any, other: Any) -> list[Pair]:
    for j, value in enumerate(chain(*pairs)):
        _put(memory, other, 16 * memory.width * j, value)
    return []


def _multiplied(
    memory: Memory, pairs: list[Pair], roots: Any, other: Any
) -> list[Pair]:
    factors = _pairs(memory, other, 2 * len(pairs))
    return [
        pair.times(factor, root)
        for pair, factor, root in zip(pairs, factors, roots, strict=True)
    ]


def _accumulated(
    memory: Memory, pairs: list[Pair], roots: Any, other: Any
) -> list[Pair]:
    """v*y + z^2; `other` is the places of y and z."""
    products = _multiplied(memory, pairs, roots, other[0])
    squares = _squared(
        memory, _pairs(memory, other[1], 2 * len(pairs)), roots, other[1]
    )
    return [a.plus(b) for a, b in zip(products, squares, strict=True)]


POINTWISE = {
    "square": _squared,
    "prepare": _kept,
    "multiply": _multiplied,
    "accumulate": _accumulated,
}


@cache
def leaf(width: int, action: str) -> Routine:
    """Routine (address, record, other, count): leaves forward, `action`, and back.

    The leaves follow one another without gaps. "square" ignores `other`; "multiply"
    takes the spectrum of the second factor there; "prepare" stops after it has put the
    spectrum there; "accumulate" multiplies by the spectrum there and adds the square of
    the one that lies as far behind it again.
    """
    cells, size = LEAF_CELLS[width], 16 * width
    record_size = 16 * scalars_per_node(width)
    apply = POINTWISE[action]

    def one(memory: Memory, address: Any, record: Any, other: Any) -> None:
        root_half = memory.constant(ROOT_HALF)
        values = [_cell(memory, address, size * j) for j in range(cells)]
        values = forward(values, _powers(memory, record, cells), root_half)
        for group in range(cells // width):
            part = slice(group * width, (group + 1) * width)
            powers = _lane_powers(memory, record, group)
            lanes = powers, root_half
            place: Any = memory.shifted(other, size * width * group)
            if action == "accumulate":
                apart = memory.builder.sub(other, address)
                place = place, memory.shifted(place, apart)
            spectrum = _by_lanes(forward, _turned_round(values[part]), lanes)
            pairs = [Pair(*spectrum[j : j + 2]) for j in range(0, width, 2)]
            roots = pair_roots(powers[0], width // 2)
            results = list(chain(*apply(memory, pairs, roots, place)))
            if results:
                values[part] = _turned_round(_by_lanes(inverse, results, lanes))
        if action != "prepare":
            values = inverse(values, _powers(memory, record, cells), root_half)
            for j, value in enumerate(values):
                _put(memory, address, size * j, value)

    def body(memory: Memory, address: Any, record: Any, other: Any, count: Any) -> None:
        build = memory.builder

        def leaf_at(offset: Any, _: Any) -> list[Any]:
            scaled = build.udiv(offset, INT(cells * size // 16))
            here = build.mul(scaled, INT(record_size // 16))
            one(
                memory,
                memory.shifted(address, offset),
                memory.shifted(record, here),
                memory.shifted(other, offset),
            )
            return []

        memory.loop(count, cells * size, [], leaf_at)

    return Routine(f"leaf_{action}", width, 4, body)


@cache
def pass_of(width: int, kind: int, forwards: bool) -> Routine:
    """The routine of a pass: kind 1 a real split, 2, 4, 8 a node, odd p its roots."""
    name = "forward" if forwards else "inverse"
    if kind == 1:
        return real_split(width, back=not forwards)
    if kind % 2:
        change = odd_forward if forwards else odd_inverse
        return odd_columns(width, kind, name, change)
    return columns(width, kind, name, forward if forwards else inverse)
