"""Multiplication modulo any odd N with two transforms of half the size of a product.

P. L. Montgomery's reduction (1985) with R = 2^L - 1 instead of a power of two, and the
result taken modulo S = 2^L + 1, where R = -2. For T = x*y with |T| far below R*S:

    m = -T/N mod R      (cyclic engine: the low half of the work)
    w = T + m*N mod S   (negacyclic engine), and T + m*N = R*t with t = T/R + mN/R

so w = -2t: small, hence known exactly from its residue modulo S, and congruent to
g*x*y modulo N with g = -2/R. A residue X is kept as x = X/g mod N. With 70 bits between
N and R, small factors need no reduction of their own.

T and m*N are added word by word without a carry. Their sum is w + j*S as an integer, j
in {-1, 0, 1}, which its last digit shows; modulo R that is w + 2j, so 2j comes off the
first word on the way to the cyclic engine. The price is half a bit of each word.

gwnum's generic reduction uses the same pair of moduli. To the guarded modulus this
class is an engine like any other.
"""

from __future__ import annotations

from typing import Any

import gmpy2
import numpy as np

from darkreach.arithmetic.crossing import Crossing, add_words
from darkreach.arithmetic.engines import Engine, Words, room_for

#: Bits of R beyond those of N: two factors of 31 bits, and room for sums.
ROOM = 70


def modulus_bits(number: Any) -> int:
    """L: the first at which 2^L - 1 has no factor in common with the number."""
    bits = int(number.bit_length()) + ROOM
    while gmpy2.gcd((gmpy2.mpz(1) << bits) - 1, number) != 1:
        bits += 1
    return bits


class Montgomery:
    """The engine modulo N over an engine modulo 2^L - 1 and one modulo 2^L + 1, both of
    one length."""

    def __init__(
        self, number: Any, bits: int, cyclic: Engine, negacyclic: Engine
    ) -> None:
        if number % 2 == 0:
            raise ValueError("Montgomery's reduction needs an odd number")
        if cyclic.length != negacyclic.length:
            raise ValueError("the two transforms need the same length")
        self.number, self.bits = gmpy2.mpz(number), bits
        self.cyclic, self.negacyclic = cyclic, negacyclic
        self.length, self.width = cyclic.length, cyclic.width
        self.layout = negacyclic.layout
        self.kernel = f"montgomery, {negacyclic.kernel} + cyclic"
        r = (gmpy2.mpz(1) << bits) - 1
        self._s = r + 2
        self._factor = -2 * gmpy2.invert(r, self.number) % self.number
        self._unit = gmpy2.invert(self._factor, self.number)
        low = cyclic.load(r - gmpy2.invert(self.number, r))
        high = negacyclic.load(self.number)
        self._minus_inverse = cyclic.prepare(low)
        self._number = negacyclic.prepare(high)
        self._low, self._quotient = room_for(low), room_for(low)
        self._high, self._sum = room_for(high), room_for(high)
        self._down = Crossing(negacyclic, cyclic, self._top_word())
        self._up = Crossing(cyclic, negacyclic)
        self._constants: dict[int, Words] = {}

    def _top_word(self) -> float:
        """The last word of a residue whose last digit is a whole base."""
        quarter = self.negacyclic.load(gmpy2.mpz(1) << self.bits - 2)
        return 4.0 * float(quarter[self.negacyclic.layout.positions[-1]])

    def load(self, value: Any) -> Words:
        return self.negacyclic.load(value * self._unit % self.number)

    def store(self, x: Words) -> Any:
        value = self.negacyclic.store(x)
        if 2 * value > self._s:
            value -= self._s
        return value * self._factor % self.number

    def prepare(self, y: Words) -> Any:
        """The two transforms of a factor that is used again and again."""
        self._down(y, self._low)
        return self.cyclic.prepare(self._low), self.negacyclic.prepare(y)

    def square_many(self, x: Words, count: int, addend: int = 0) -> float:
        worst = 0.0
        for _ in range(count):
            error = self._square(x, 1)
            if addend:
                error = max(error, self.add(x, self._constant(addend), x))
            if not error <= worst:
                worst = error
        return worst

    def climb(self, x: Words, base: int, bits: int, count: int) -> float:
        worst = 0.0
        for position in reversed(range(count)):
            error = self._square(x, base if bits >> position & 1 else 1)
            if not error <= worst:
                worst = error
        return worst

    def multiply(self, x: Words, y: Any, out: Words) -> float:
        if isinstance(y, tuple):
            second, other = y
        else:
            second, other = self.prepare(y)
        self._down(x, self._low)
        low = self.cyclic.multiply(self._low, second, self._low)
        np.copyto(self._high, x)
        high = self.negacyclic.multiply(self._high, other, self._high)
        return max(low, self._reduce(high, out))

    def scale(self, x: Words, small: int) -> float:
        return self.negacyclic.scale(x, small)

    def subtract(self, x: Words, y: Words, out: Words) -> float:
        return self.negacyclic.subtract(x, y, out)

    def add(self, x: Words, y: Words, out: Words) -> float:
        return self.negacyclic.add(x, y, out)

    def _square(self, x: Words, base: int) -> float:
        """x*x*base*g in place."""
        self._down(x, self._low)
        np.copyto(self._high, x)
        if base == 1:
            low = self.cyclic.square_many(self._low, 1)
            high = self.negacyclic.square_many(self._high, 1)
        else:
            low = self.cyclic.climb(self._low, base, 1, 1)
            high = self.negacyclic.climb(self._high, base, 1, 1)
        return max(low, self._reduce(high, x))

    def _reduce(self, error: float, out: Words) -> float:
        """From T modulo R in _low and modulo S in _high to w in `out`."""
        low = self.cyclic.multiply(self._low, self._minus_inverse, self._quotient)
        self._up(self._quotient, self._sum)
        high = self.negacyclic.multiply(self._sum, self._number, self._sum)
        add_words(self._high, self._sum, out)
        return max(error, low, high)

    def _constant(self, small: int) -> Words:
        if small not in self._constants:
            self._constants[small] = self.load(small % self.number)
        return self._constants[small]
