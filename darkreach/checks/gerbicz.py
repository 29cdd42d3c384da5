"""The check of Gerbicz and Li: is x = a^e (mod N), computed by squarings from the top
bit of e, what it should be?

Cut e into limbs of B bits, counted from its end, and let x_j be the power when all
limbs down to number j are used: x_j = x_(j+1)^(2^B) * a^(limb j). With a known x_J and
c = x_(J-1) * ... * x_(m+1), all of these together say

    (x_J * c)^(2^B) * a^(sum of the limbs J-1, ..., m) = c * x_m    (mod N).

One multiplication per block of B squarings and B squarings per check find an error
anywhere in between, whatever it was, except by a chance like 1/N. Where e has only
zeros left the sum is 0: this is the check that R. Gerbicz gave for b^n (2017); D. Li's
limbs carry it to any exponent, for one or for many limbs at the top. The blocks end
where the exponent does, so that nothing stays unchecked at the end.

The right side is computed with GMP from integers, so the same equation shows that x_m
survived its way out of the transform. Zero satisfies every such equation and is an
error: no power of a base prime to N is zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import Any

import gmpy2

from darkreach.arithmetic import Modulus

#: Most squarings between two checks: what is lost when one fails.
MOST_WINDOW = 1 << 20
#: Longest block, and squarings times bits of one: the check has to end within a step.
#: Blocks of `_ANY_BLOCK` are allowed for all sizes.
MOST_BLOCK, _MOST_BITS, _ANY_BLOCK = 2048, 1 << 31, 1024
#: Blocks are halved at most four times, and always end where the long ones do.
LEVELS = 4
_UNIT = 1 << LEVELS
#: What the product of a block costs, in squarings: two and a half, and the call, which
#: matters as much as this number of bits.
_PRODUCT, _CALL_BITS = 2.5, 200_000


@dataclass(frozen=True)
class Blocks:
    """How long blocks and windows are; a window is what one check covers. Windows end
    at multiples of `unit`."""

    block: int
    window: int
    unit: int

    @classmethod
    def plan(cls, length: int, bits: int) -> Blocks:
        """The cheapest for a power of `length` squarings modulo a number of `bits`."""
        windows = -(-length // MOST_WINDOW)
        wanted = isqrt(int(length // windows * (_PRODUCT + _CALL_BITS / bits)))
        most = min(MOST_BLOCK, max(_ANY_BLOCK, _MOST_BITS // bits))
        block = max(_UNIT, min(wanted, most) // _UNIT * _UNIT)
        window = max(1, round(length / windows / block)) * block
        return cls(block, window, block)

    def shorter(self, level: int) -> Blocks:
        """After `level` failures: blocks of half the length, windows of a quarter, that
        end where long blocks end."""
        quarter = max(1, (self.window >> 2 * level) // self.unit)
        return Blocks(self.block >> level, quarter * self.unit, self.unit)

    def end_of_block(self, left: int) -> int:
        """Bits left of the exponent where the block ends in which `left` are left."""
        return (left - 1) // self.block * self.block

    def end_of_window(self, left: int) -> int:
        """The same for the window that begins where `left` are left. The last one takes
        up to half a window more."""
        end = -(-(left - self.window) // self.unit) * self.unit
        return end if end > self.window // 2 else 0


def limb_sum(exponent: Any, top: int, end: int, block: int) -> Any:
    """The sum of the limbs of `block` bits of the bits end <= i < top."""
    bits = gmpy2.f_mod_2exp(exponent >> end, top - end)
    total = gmpy2.mpz(0)
    while bits:
        total += gmpy2.f_mod_2exp(bits, block)
        bits >>= block
    return total


def holds(
    modulus: Modulus,
    base: int,
    limbs: Any,
    block: int,
    start: Any,
    product: Any,
    value: Any,
) -> bool:
    """Whether the equation above holds.

    limbs: their sum. start: the integer x_J. product: the residue c, or None for 1.
    value: the integer x_m.
    """
    number = modulus.number
    factor = start * gmpy2.powmod(base, limbs >> block, number) % number
    if product is None:
        integer, begin = gmpy2.mpz(1), modulus.load(factor)
    else:
        integer = modulus.store(product)
        begin = product
        if factor != 1:
            begin = modulus.multiply(product, modulus.load(factor))
    low = int(gmpy2.f_mod_2exp(limbs, block))
    left = modulus.store(climbed(modulus, begin, base, low, block))
    right = integer * value % number
    return bool(left == right and right != 0)


def climbed(modulus: Modulus, x: Any, base: int, bits: int, count: int) -> Any:
    """x^(2^count) * base^bits, by plain squarings where there are no bits."""
    if bits:
        return modulus.climb(x, base, bits, count)
    return modulus.square_many(x, count)
