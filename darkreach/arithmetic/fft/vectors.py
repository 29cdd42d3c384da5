"""Vectors of doubles in LLVM, so that kernels are ordinary Python expressions.

numba has no vector type. Its intrinsics may emit LLVM instructions, though, and a
`Vector` wraps one LLVM value <width x double>: `a * b + c` emits two instructions. A
function over vectors is run once, at compile time, and leaves straight-line machine
code without any overhead of numba's type inference. The same functions run on numpy
arrays, where their results can be looked at.

Addresses are int64 (``array.ctypes.data``); loads and stores need no alignment, yet
are fastest on 64 bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

DOUBLE, INT = ir.DoubleType(), ir.IntType(64)
INDEX, BYTE = ir.IntType(32), ir.IntType(8)


class Vector:
    """One LLVM vector of doubles and the builder that emits what is done with it."""

    __slots__ = ("builder", "value")

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value

    def __add__(self, other: Vector) -> Vector:
        return Vector(self.builder, self.builder.fadd(self.value, other.value))

    def __sub__(self, other: Vector) -> Vector:
        return Vector(self.builder, self.builder.fsub(self.value, other.value))

    def __mul__(self, other: Vector) -> Vector:
        return Vector(self.builder, self.builder.fmul(self.value, other.value))

    def __neg__(self) -> Vector:
        return Vector(self.builder, self.builder.fneg(self.value))

    @property
    def width(self) -> int:
        return int(self.value.type.count)


def _intrinsic(name: str, *operands: Vector) -> Vector:
    first = operands[0]
    kind = first.value.type
    function = f"llvm.{name}.v{first.width}f64"
    module = first.builder.module
    declared = module.globals.get(function)
    if declared is None:
        declared = ir.Function(
            module, ir.FunctionType(kind, [kind] * len(operands)), function
        )
    called = first.builder.call(declared, [each.value for each in operands])
    return Vector(first.builder, called)


def fused(a: Any, b: Any, c: Any) -> Any:
    """a*b + c, rounded once."""
    return _intrinsic("fma", a, b, c) if isinstance(a, Vector) else a * b + c


def rounded(a: Vector) -> Vector:
    """The nearest integers."""
    return _intrinsic("rint", a)


def magnitude(a: Vector) -> Vector:
    return _intrinsic("fabs", a)


def less(a: Vector, b: Vector, or_equal: bool = False) -> Any:
    """Lanes where a < b (or a <= b), for `chosen`."""
    return a.builder.fcmp_ordered("<=" if or_equal else "<", a.value, b.value)


def chosen(lanes: Any, yes: Vector, no: Vector) -> Vector:
    """Per lane yes or no."""
    return Vector(yes.builder, yes.builder.select(lanes, yes.value, no.value))


def largest(a: Vector, b: Vector) -> Vector:
    """Per lane the larger; b where a is not a number."""
    build = a.builder
    more = build.fcmp_ordered(">", a.value, b.value)
    return Vector(build, build.select(more, a.value, b.value))


def shuffled(a: Vector, b: Vector, lanes: Sequence[int]) -> Vector:
    """Lanes of a (0 .. width-1) and of b (width .. 2*width-1)."""
    mask = ir.Constant(ir.VectorType(INDEX, len(lanes)), list(lanes))
    return Vector(a.builder, a.builder.shuffle_vector(a.value, b.value, mask))


def moved_up(before: Vector, now: Vector) -> Vector:
    """`now` moved up by one lane; the last lane of `before` comes in."""
    width = now.width
    return shuffled(before, now, range(width - 1, 2 * width - 1))


def transposed(rows: Sequence[Vector]) -> list[Vector]:
    """`width` vectors as a square matrix, transposed: neighbours into pairs of lanes,
    then log2(width/2) rounds over pairs. Each step is one instruction without a table
    of lanes: unpack, or a shuffle of whole pairs."""
    width = rows[0].width
    even = range(0, width, 2)
    low = [lane for i in even for lane in (i, i + width)]
    high = [lane + 1 for lane in low]
    out: list[Any] = [None] * width
    for parity, lanes in ((0, low), (1, high)):
        pairs = [shuffled(rows[i], rows[i + 1], lanes) for i in even]
        out[parity::2] = _pairs_transposed(pairs)
    return out


def _pairs_transposed(rows: list[Vector]) -> list[Vector]:
    """Each row holds as many pairs of lanes as there are rows."""
    width, rounds = rows[0].width, (len(rows) - 1).bit_length()
    for _ in range(rounds):
        taken = [
            [
                lane
                for pair in range(first, width, 2)
                for lane in (2 * pair, 2 * pair + 1)
            ]
            for first in (0, 1)
        ]
        rows = [
            shuffled(rows[i], rows[i + 1], lanes)
            for lanes in taken
            for i in range(0, len(rows), 2)
        ]
    return rows


class Memory:
    """Loads, stores, constants and loops at one place of a function being built."""

    def __init__(self, builder: Any, width: int) -> None:
        self.builder, self.width = builder, width
        self.type = ir.VectorType(DOUBLE, width)

    def shifted(self, address: Any, offset: Any) -> Any:
        """An address plus bytes (an int, or an LLVM value)."""
        if isinstance(offset, int):
            if offset == 0:
                return address
            offset = INT(offset)
        return self.builder.add(address, offset)

    def load(self, address: Any, offset: Any = 0) -> Vector:
        pointer = self.builder.inttoptr(
            self.shifted(address, offset), self.type.as_pointer()
        )
        loaded = self.builder.load(pointer)
        loaded.align = 8
        return Vector(self.builder, loaded)

    def store(self, address: Any, offset: Any, vector: Vector) -> None:
        pointer = self.builder.inttoptr(
            self.shifted(address, offset), self.type.as_pointer()
        )
        self.builder.store(vector.value, pointer).align = 8

    def broadcast(self, address: Any, offset: int = 0) -> Vector:
        """One double of memory in all lanes."""
        pointer = self.builder.inttoptr(
            self.shifted(address, offset), DOUBLE.as_pointer()
        )
        scalar = self.builder.load(pointer)
        scalar.align = 8
        empty = ir.Constant(self.type, ir.Undefined)
        one = self.builder.insert_element(empty, scalar, INDEX(0))
        mask = ir.Constant(ir.VectorType(INDEX, self.width), [0] * self.width)
        return Vector(self.builder, self.builder.shuffle_vector(one, empty, mask))

    def mask(self, address: Any, offset: int) -> Any:
        """Lanes where the bit of a byte is set, the lowest bit first; for `chosen`."""
        build, bit = self.builder, ir.IntType(1)
        pointer = build.inttoptr(self.shifted(address, offset), BYTE.as_pointer())
        lanes = build.load(pointer)
        lanes.align = 1
        return build.bitcast(lanes, ir.VectorType(bit, self.width))

    def constant(self, values: float | Sequence[float]) -> Vector:
        """The same double in all lanes, or one for each."""
        lanes = np.broadcast_to(np.asarray(values, dtype=float), self.width)
        return Vector(
            self.builder, ir.Constant(self.type, [DOUBLE(float(x)) for x in lanes])
        )

    def loop(
        self,
        count: Any,
        step: int,
        carried: Sequence[Vector],
        body: Callable[[Any, list[Vector]], Sequence[Vector]],
    ) -> list[Vector]:
        """Run body(offset, carried) for offset 0, step, ... count times (count >= 1);
        what it returns is carried into the next round and out at the end."""
        build = self.builder
        before = build.block
        inside = build.append_basic_block("inside")
        end = build.mul(count, INT(step))
        build.branch(inside)
        build.position_at_end(inside)
        offset = build.phi(INT)
        offset.add_incoming(INT(0), before)
        phis = []
        for each in carried:
            phi = build.phi(self.type)
            phi.add_incoming(each.value, before)
            phis.append(phi)
        results = body(offset, [Vector(build, phi) for phi in phis])
        following = build.add(offset, INT(step))
        last = build.block
        offset.add_incoming(following, last)
        for phi, result in zip(phis, results, strict=True):
            phi.add_incoming(result.value, last)
        after = build.append_basic_block("after")
        build.cbranch(build.icmp_signed("<", following, end), inside, after)
        build.position_at_end(after)
        return list(results)
