"""Modular multiplication for kernels in floating point, for p < 2^50.

product(a, b, p, inv) is exact although a*b needs 100 bits: h = a*b rounded,
q = h/p rounded to a whole number, and the fused multiply-adds l = a*b - h and h - q*p
lose nothing, so the sum h - q*p + l is a*b - q*p. There is no branch and no integer in
it, so LLVM works on as many primes at once as a vector register holds, which is what
makes it five times faster than a 64-bit Montgomery product.

Numbers mod p are whole float64 r, positive or negative. With |a*b| < 2^50 * p:

* q misses a*b/p by at most 3/4, so |r| <= 3/4 p, and at most 0.59 p when a and b
  were such results themselves; |r| <= 1 + p/2 when |a*b| < 2^40 * p;
* a factor needs no reduction: a constant up to 2^49 times a result is allowed;
* r = c or r = -c mod p for 0 <= c < p/4 exactly when abs(r) = c: both signs of a form
  in one comparison.

T. J. Dekker, A floating-point technique for extending the available precision (1971).

A kernel is only vectorised if it keeps the primes of a block, LANES of them, and all
that belongs to them in ONE flat float64 array, at places known when it is compiled, and
if its innermost loop runs over the lanes. One product per pass over the lanes is the
best: the products of one prime wait for each other, those of the lanes do not. A flag
for a rare event in the loop is a bool, `hit = hit | (abs(r) == 1.0)`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from darkreach.jit import always_inner

#: Primes from here on are refused.
LIMIT = 2**50

#: Primes in a block.
LANES = 32

#: Constants of a packed program stay below this.
CONSTANT_LIMIT = 2**49

#: Adding and subtracting this rounds a float64 below 2^51 to the nearest whole number.
_ROUNDER = 1.5 * 2.0**52

#: Bits of a digit of `digits`: 2^24 times 2^24 is below 2^50 times any p.
_DIGIT = 24


def _fused(builder: Any, a: Any, b: Any, c: Any) -> Any:
    return builder.fma(a, b, c)


def _product(context: Any, a: Any, b: Any, p: Any, inv: Any) -> Any:
    """a*b mod p as the head of this module says; inv = reciprocal(p)."""
    signature = types.float64(*(types.float64,) * 4)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        a, b, p, inv = args
        rounder = ir.Constant(ir.DoubleType(), _ROUNDER)
        high = builder.fmul(a, b)
        quotient = builder.fsub(_fused(builder, high, inv, rounder), rounder)
        low = _fused(builder, a, b, builder.fneg(high))
        rest = _fused(builder, builder.fneg(quotient), p, high)
        return builder.fadd(rest, low)

    return signature, generate


def _fma(context: Any, a: Any, b: Any, c: Any) -> Any:
    """a*b + c, rounded once."""
    signature = types.float64(*(types.float64,) * 3)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _fused(builder, *args)

    return signature, generate


def _nearest(context: Any, x: Any) -> Any:
    """x rounded to the nearest whole number."""
    signature = types.float64(types.float64)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        rint = builder.module.declare_intrinsic("llvm.rint", [ir.DoubleType()])
        return builder.call(rint, args)

    return signature, generate


def _reciprocal(context: Any, p: Any) -> Any:
    """1/p, without Python's test for zero, which would stop the vectoriser."""
    signature = types.float64(types.float64)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fdiv(ir.Constant(ir.DoubleType(), 1.0), args[0])

    return signature, generate


product: Any = intrinsic(_product)
fma: Any = intrinsic(_fma)
nearest: Any = intrinsic(_nearest)
reciprocal: Any = intrinsic(_reciprocal)


@always_inner
def canonical(r: Any, p: Any) -> Any:
    """The result r of a product as the number of [0, p)."""
    return r + p if r < 0.0 else r


@always_inner
def power(x: Any, e: Any, p: Any, inv: Any) -> Any:
    """x^e for a uint64 exponent, one prime at a time; x^0 = 1."""
    r = 1.0
    while e != np.uint64(0):
        if e & np.uint64(1):
            r = product(r, x, p, inv)
        e >>= np.uint64(1)
        if e != np.uint64(0):
            x = product(x, x, p, inv)
    return r


@always_inner
def residue(number: Any, first: Any, last: Any, p: Any, inv: Any) -> Any:
    """The number digits[first:last] mod p, for any p of at least 3."""
    r = 0.0
    for i in range(first, last):
        r = product(r, 16777216.0, p, inv) + number[i]
    return product(r, 1.0, p, inv)


def digits(*values: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Numbers in base 2^24, each most significant digit first, for ``residue``; number
    i is digits[first[i]:first[i+1]]. A negative number has negative digits."""
    every: list[float] = []
    first = [0]
    for value in values:
        sign = -1.0 if value < 0 else 1.0
        rest = abs(value)
        parts: list[float] = []
        while rest or not parts:
            parts.append(sign * (rest & 2**_DIGIT - 1))
            rest >>= _DIGIT
        every += reversed(parts)
        first.append(len(every))
    return np.array(every), np.array(first, dtype=np.int64)
