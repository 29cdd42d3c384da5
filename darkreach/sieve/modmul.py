"""Modular multiplication for kernels: Montgomery form with R = 2^64, odd p < 2^62.

product(a, b) = a*b/R mod p. A number x is held as x*R mod p, always reduced to
[0, p), so that equality of numbers is equality of words. It needs no floating point
and gives the same bits on every machine. p = 2 is not handled here.

P. L. Montgomery, Modular multiplication without trial division, Math. Comp. 44 (1985).

Everything is uint64: numba turns a mixture of signed and unsigned words into floating
point numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from darkreach.jit import inner

#: Primes from here on are refused: a sum of two residues must stay below 2^63.
P_LIMIT = 2**62

ZERO = np.uint64(0)
ONE = np.uint64(1)
TWO = np.uint64(2)


def _high_word(context: Any, a: Any, b: Any) -> Any:
    """The upper 64 bits of the 128-bit product of two words."""
    signature = types.uint64(types.uint64, types.uint64)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        wide, word = ir.IntType(128), ir.IntType(64)
        product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), word)

    return signature, generate


high_word: Any = intrinsic(_high_word)


@inner
def inverse_word(p: Any) -> Any:
    """1/p mod 2^64 by Newton's iteration; p*p = 1 mod 8 starts it with 3 bits."""
    x = p
    for _ in range(5):
        x = x * (TWO - p * x)
    return x


@inner
def product(a: Any, b: Any, p: Any, ip: Any) -> Any:
    """a*b/R mod p; ip = inverse_word(p). One factor below 2^64, the other below p."""
    high = high_word(a, b)
    excess = high_word(a * b * ip, p)
    r = high - excess
    return r + p if high < excess else r


@inner
def one(p: Any) -> Any:
    """R mod p, the Montgomery form of 1."""
    return (ZERO - p) % p


@inner
def square_of_r(unit: Any, p: Any, ip: Any) -> Any:
    """R^2 mod p, from unit = R mod p: double to the form of 2^4, square to 2^64."""
    x = unit
    for _ in range(4):
        x = x + x
        x = x - p if x >= p else x
    for _ in range(4):
        x = product(x, x, p, ip)
    return x


@inner
def power(x: Any, e: Any, unit: Any, p: Any, ip: Any) -> Any:
    """x^e for x in Montgomery form and a uint64 exponent; x^0 = 1."""
    r = unit
    while e != ZERO:
        if e & ONE:
            r = product(r, x, p, ip)
        e >>= ONE
        if e != ZERO:
            x = product(x, x, p, ip)
    return r


@inner
def residue(limbs: Any, first: Any, last: Any, r2: Any, p: Any, ip: Any) -> Any:
    """The Montgomery form of the number limbs[first:last], most significant 64-bit
    limb first: Horner with 2^64, whose Montgomery form is r2 and plain value R.

    product(x, r2) multiplies by R = 2^64; product(limb, r2) brings a limb into form.
    """
    x = product(limbs[first], r2, p, ip)
    for i in range(first + 1, last):
        x = product(x, r2, p, ip) + product(limbs[i], r2, p, ip)
        x = x - p if x >= p else x
    return x
