"""Passes over rows of cells, and the leaves where the squaring happens.

A cell is `width` complex numbers: their real parts, then their imaginary parts. Each
pass takes the address of its first cell, the address of a table of its rows' distances
in bytes, the address of its twiddle record and a number of cells, and works in place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from darkreach.arithmetic.fft.butterflies import (
    Complex,
    forward,
    inverse,
    odd_constants,
    odd_forward,
    odd_inverse,
    twiddles,
)
from darkreach.arithmetic.fft.native import Routine
from darkreach.arithmetic.fft.vectors import INT, Memory, transposed

ROOT_HALF = float(np.sqrt(np.longdouble(0.5)))
#: Cells of a leaf, by width: radix across the cells, then radix `width` in the lanes.
LEAF_CELLS = {8: 8, 4: 8, 2: 8}


def bit_length(power_of_two: int) -> int:
    """log2 of a power of two."""
    return power_of_two.bit_length() - 1


def scalars_per_node(width: int) -> int:
    """Twiddle factors s(b), s(2b), s(4b), ... in the record of a node."""
    return max(3, bit_length(width * LEAF_CELLS[width]))


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


def columns(width: int, radix: int, name: str, change: Callable[..., Any]) -> Routine:
    """Routine (address, offsets, record, cells): change(rows, twiddles) per column."""
    levels = bit_length(radix)

    def body(
        memory: Memory, address: Any, offsets: Any, record: Any, cells: Any
    ) -> None:
        scalars = [_scalar(memory, record, level) for level in range(levels)]
        levels_of = twiddles(scalars, memory.constant(ROOT_HALF))
        rows = _rows(memory, radix, offsets)

        def column(offset: Any, _: Any) -> list[Any]:
            place = memory.shifted(address, offset)
            values = [_cell(memory, place, row) for row in rows]
            for row, value in zip(rows, change(values, levels_of), strict=True):
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


def _lane_constants(memory: Memory, group: int, level: int) -> Complex:
    """What s(2^level*(cells*b + j)) has beyond s(2^level*cells*b), j = the lanes."""
    width = memory.width
    angles = _angles(LEAF_CELLS[width])[group * width : (group + 1) * width]
    turns = np.array(angles, dtype=np.longdouble) / (2 << level)
    radians = 2 * np.arctan2(np.longdouble(0), np.longdouble(-1)) * turns
    return Complex(
        memory.constant(np.cos(radians).astype(float).tolist()),
        memory.constant(np.sin(radians).astype(float).tolist()),
    )


def _lane_twiddles(memory: Memory, record: Any, group: int) -> list[list[Complex]]:
    start = bit_length(LEAF_CELLS[memory.width])
    scalars = [
        _scalar(memory, record, start + level).times(
            _lane_constants(memory, group, level)
        )
        for level in range(bit_length(memory.width))
    ]
    return twiddles(scalars, memory.constant(ROOT_HALF))


def _turned_round(values: Sequence[Complex]) -> list[Complex]:
    """Cells to lanes and lanes to cells."""
    re, im = (transposed([v[part] for v in values]) for part in (0, 1))
    return [Complex(*pair) for pair in zip(re, im, strict=True)]


def _squared(memory: Memory, values: list[Complex], other: Any) -> list[Complex]:
    return [value.squared() for value in values]


def _kept(memory: Memory, values: list[Complex], other: Any) -> list[Complex]:
    for j, value in enumerate(values):
        _put(memory, other, 16 * memory.width * j, value)
    return []


def _multiplied(memory: Memory, values: list[Complex], other: Any) -> list[Complex]:
    return [
        value.times(_cell(memory, other, 16 * memory.width * j))
        for j, value in enumerate(values)
    ]


def _accumulated(memory: Memory, values: list[Complex], other: Any) -> list[Complex]:
    """v*y + z^2; `other` is the places of y and z."""
    products = _multiplied(memory, values, other[0])
    squares = [
        _cell(memory, other[1], 16 * memory.width * j).squared()
        for j in range(len(values))
    ]
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
        def across() -> list[list[Complex]]:
            scalars = [_scalar(memory, record, i) for i in range(bit_length(cells))]
            return twiddles(scalars, memory.constant(ROOT_HALF))

        values = [_cell(memory, address, size * j) for j in range(cells)]
        values = forward(values, across())
        for group in range(cells // width):
            part = slice(group * width, (group + 1) * width)
            lanes = _lane_twiddles(memory, record, group)
            place: Any = memory.shifted(other, size * width * group)
            if action == "accumulate":
                apart = memory.builder.sub(other, address)
                place = place, memory.shifted(place, apart)
            spectrum = forward(_turned_round(values[part]), lanes)
            results = apply(memory, spectrum, place)
            if results:
                values[part] = _turned_round(inverse(results, lanes))
        if action != "prepare":
            for j, value in enumerate(inverse(values, across())):
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
