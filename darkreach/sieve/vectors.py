"""The float64 operations of lanes.py as machine code on whole vectors.

A row of LANES numbers is one vector value of LLVM, which cuts it to the registers of
the machine. Nothing here depends on the vectoriser, which gives up on a loop as soon as
it cannot tell that two places of an array differ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.extending import intrinsic

#: Lanes of a row; the places of the rows that every block begins with.
LANES = 16
P, INVERSE, UNIT, POWER, FREE = (LANES * place for place in range(5))

_declared: Any = get_or_insert_function

#: A key has two bits in its word of a bit map: by its lowest bits and by those from
#: here.
SECOND_BIT = 20

_WORD = ir.IntType(64)
_ROW = ir.VectorType(ir.DoubleType(), LANES)
_WORDS = ir.VectorType(_WORD, LANES)
_SPREAD = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)

#: Added to a whole number below 2^52, it leaves that number in the low bits.
_MANTISSA = 2.0**52

#: Added to and taken off a number below 2^51, it leaves the nearest whole number.
_ROUNDER = 1.5 * 2.0**52


class _Block:
    """Writes operations on the rows of a block, the float64 array w."""

    def __init__(self, context: Any, builder: Any, kind: Any, array: Any) -> None:
        self.context, self.build = context, builder
        self.data = _data(context, builder, kind, array)

    def load(self, place: Any) -> Any:
        return _load(self.build, self.data, place, _ROW)

    def store(self, row: Any, place: Any) -> None:
        _store(self.build, row, self.data, place)

    def fused(self, a: Any, b: Any, c: Any) -> Any:
        """a*b + c, rounded once."""
        kind = ir.FunctionType(_ROW, [_ROW] * 3)
        name = f"llvm.fma.v{LANES}f64"
        function = _declared(self.build.module, kind, name)
        return self.build.call(function, [a, b, c])

    def product(self, a: Any, b: Any) -> Any:
        """fp64.product in every lane."""
        build, p, inverse = self.build, self.load(P), self.load(INVERSE)
        high = build.fmul(a, b)
        rounded = self.fused(high, inverse, _row(_ROUNDER))
        quotient = build.fsub(rounded, _row(_ROUNDER))
        low = self.fused(a, b, build.fneg(high))
        return build.fadd(self.fused(build.fneg(quotient), p, high), low)


def _data(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    make: Any = context.make_array(kind)
    return make(context, builder, array).data


def _pointer(builder: Any, data: Any, place: Any, kind: Any) -> Any:
    if isinstance(place, int):
        place = ir.Constant(_WORD, place)
    return builder.bitcast(builder.gep(data, [place]), kind.as_pointer())


def _load(builder: Any, data: Any, place: Any, kind: Any) -> Any:
    return builder.load(_pointer(builder, data, place, kind), align=8)


def _store(builder: Any, value: Any, data: Any, place: Any) -> None:
    builder.store(value, _pointer(builder, data, place, value.type), align=8)


def _row(value: float) -> Any:
    return ir.Constant(_ROW, [value] * LANES)


def _words(value: int) -> Any:
    return ir.Constant(_WORDS, [value] * LANES)


def _all(builder: Any, word: Any) -> Any:
    """This word in every lane."""
    single = builder.insert_element(_words(0), word, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(single, _words(0), _SPREAD)


def _chosen(builder: Any, exponents: Any, bit: Any) -> Any:
    """The lanes whose exponent has this bit."""
    mask = _all(builder, builder.shl(ir.Constant(_WORD, 1), bit))
    return builder.icmp_unsigned("!=", builder.and_(exponents, mask), _words(0))


def _multiply(context: Any, w: Any, source: Any, factor: Any, target: Any) -> Any:
    """Row at target = row at source * row at factor."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block = _Block(context, builder, signature.args[0], args[0])
        block.store(block.product(block.load(args[1]), block.load(args[2])), args[3])
        return context.get_dummy_value()

    return types.void(w, types.int64, types.int64, types.int64), generate


def _power_step(scaled: bool) -> Callable[..., Any]:
    def typed(context: Any, w: Any, factor: Any, e: Any, place: Any, bit: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            block = _Block(context, builder, signature.args[0], args[0])
            data = _data(context, builder, signature.args[2], args[2])
            chosen = _chosen(builder, _load(builder, data, args[3], _WORDS), args[4])
            by = builder.select(chosen, block.load(args[1]), _row(1.0))
            x = block.load(POWER)
            if scaled:
                block.store(block.product(x, builder.fmul(x, by)), POWER)
            else:
                block.store(block.product(block.product(x, x), by), POWER)
            return context.get_dummy_value()

        return types.void(w, types.int64, e, types.int64, types.uint64), generate

    return typed


def _keys(context: Any, w: Any, source: Any, key: Any, place: Any) -> Any:
    """key[place + lane] = the number of [0, p) that the lane at source stands for."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block = _Block(context, builder, signature.args[0], args[0])
        r = block.load(args[1])
        negative = builder.fcmp_ordered("<", r, _row(0.0))
        shift = builder.select(negative, block.load(P), _row(0.0))
        whole = builder.fadd(builder.fadd(r, shift), _row(_MANTISSA))
        word = builder.and_(builder.bitcast(whole, _WORDS), _words(2**52 - 1))
        keys = _data(context, builder, signature.args[2], args[2])
        _store(builder, word, keys, args[3])
        return context.get_dummy_value()

    return types.void(w, types.int64, key, types.int64), generate


def _lookup(context: Any, key: Any, bitmap: Any, span: Any) -> Any:
    """The lanes whose key may be in the bit map of the lane, of ``span`` words, as
    bits: those whose word has both bits of the key."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        keys = _load(builder, _data(context, builder, key, args[0]), 0, _WORDS)
        data = _data(context, builder, bitmap, args[1])
        place = _places(builder, keys, args[2])
        held = _words(0)
        for lane in range(LANES):
            at = ir.Constant(ir.IntType(32), lane)
            pointer = builder.gep(data, [builder.extract_element(place, at)])
            held = builder.insert_element(held, builder.load(pointer), at)
        missing = builder.and_(_two_bits(builder, keys), builder.not_(held))
        maybe = builder.icmp_unsigned("==", missing, _words(0))
        return builder.zext(builder.bitcast(maybe, ir.IntType(LANES)), _WORD)

    return types.uint64(key, bitmap, types.uint64), generate


def _remember(
    context: Any,
    key: Any,
    place: Any,
    bitmap: Any,
    span: Any,
    head: Any,
    heads: Any,
    link: Any,
    t: Any,
) -> Any:
    """Note the keys at key[place:] as number t of their lanes: in the bit map of the
    lane, of ``span`` words, and at the head of its chain among ``heads``."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        keys = _load(builder, _data(context, builder, key, args[0]), args[1], _WORDS)
        map_data = _data(context, builder, bitmap, args[2])
        head_data = _data(context, builder, head, args[4])
        link_data = _data(context, builder, link, args[6])
        places = _places(builder, keys, args[3]), _places(builder, keys, args[5])
        bits = _two_bits(builder, keys)
        number = builder.trunc(args[7], ir.IntType(16))
        for lane in range(LANES):
            at = ir.Constant(ir.IntType(32), lane)
            word, slot = (
                builder.gep(data, [builder.extract_element(each, at)])
                for data, each in zip((map_data, head_data), places, strict=True)
            )
            more = builder.extract_element(bits, at)
            builder.store(builder.or_(builder.load(word), more), word)
            mine = builder.add(args[1], ir.Constant(_WORD, lane))
            builder.store(builder.load(slot), builder.gep(link_data, [mine]))
            builder.store(number, slot)
        return context.get_dummy_value()

    return (
        types.void(
            key,
            types.int64,
            bitmap,
            types.uint64,
            head,
            types.uint64,
            link,
            types.int64,
        ),
        generate,
    )


def _places(builder: Any, keys: Any, size: Any) -> Any:
    """The places of keys in tables of this size, a power of two, one for each lane."""
    lanes = ir.Constant(_WORDS, list(range(LANES)))
    mask = builder.sub(size, ir.Constant(_WORD, 1))
    inside = builder.and_(builder.lshr(keys, _words(6)), _all(builder, mask))
    return builder.add(builder.mul(lanes, _all(builder, size)), inside)


def _two_bits(builder: Any, keys: Any) -> Any:
    first = builder.and_(keys, _words(63))
    second = builder.and_(builder.lshr(keys, _words(SECOND_BIT)), _words(63))
    return builder.or_(builder.shl(_words(1), first), builder.shl(_words(1), second))


def _lowest(context: Any, x: Any) -> Any:
    """The place of the lowest bit of a word that is not zero."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), generate


multiply: Any = intrinsic(_multiply)
lookup: Any = intrinsic(_lookup)
lowest: Any = intrinsic(_lowest)
remember: Any = intrinsic(_remember)
square_and_choose: Any = intrinsic(_power_step(False))
square_and_scale: Any = intrinsic(_power_step(True))
words: Any = intrinsic(_keys)
