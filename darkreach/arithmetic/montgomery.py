"""Multiplication modulo any odd N with two transforms of half the size of a product.

P. L. Montgomery's reduction (1985) with R = 2^L - 1 instead of a power of two, and the
result taken modulo S = 2^L + 1, where R = -2. For T = x*y with |T| far below R*S:

    m = -T/N mod R      (cyclic engine: the low half of the work)
    w = T + m*N mod S   (negacyclic engine), and T + m*N = R*t with t = T/R + mN/R

so w = -2t: small, hence known exactly from its residue modulo S, and congruent to
g*x*y modulo N with g = -2/R. A residue X is kept as x = X/g mod N. With 70 bits between
N and R, factors below 2^31 need no reduction of their own.

gwnum's generic reduction uses the same pair of moduli. To the guarded modulus this
class is an engine like any other; it is the two-engine form of Engine.
"""

from __future__ import annotations

from typing import Any

import gmpy2
import numpy as np

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
    one length and one layout of words."""

    def __init__(
        self, number: Any, bits: int, cyclic: Engine, negacyclic: Engine
    ) -> None:
        if number % 2 == 0:
            raise ValueError("Montgomery's reduction needs an odd number")
        if cyclic.length != negacyclic.length:
            raise ValueError("the two transforms need the same length")
        self.number = gmpy2.mpz(number)
        self.bits = bits
        self.cyclic, self.negacyclic = cyclic, negacyclic
        self.length, self.width = cyclic.length, cyclic.width
        self.kernel = f"{negacyclic.kernel} + cyclic, Montgomery"
        r = (gmpy2.mpz(1) << bits) - 1
        self._s = r + 2
        inverse_n = gmpy2.invert(self.number, r)
        self._factor = -2 * gmpy2.invert(r, self.number) % self.number
        self._unit = gmpy2.invert(self._factor, self.number)
        self._minus_inverse = cyclic.prepare(cyclic.load(r - inverse_n))
        words = negacyclic.load(self.number)
        self._number = negacyclic.prepare(words)
        self._t, self._m, self._u = (room_for(words) for _ in range(3))
        self._constants: dict[int, Words] = {}

    def load(self, value: Any) -> Words:
        return self.negacyclic.load(value * self._unit % self.number)

    def store(self, x: Words) -> Any:
        value = self.negacyclic.store(x)
        if 2 * value > self._s:
            value -= self._s
        return value * self._factor % self.number

    def prepare(self, y: Words) -> Any:
        """The two transforms of a factor that is used again and again."""
        return self.cyclic.prepare(y), self.negacyclic.prepare(y)

    def square_many(self, x: Words, count: int, addend: int = 0) -> float:
        extra = self._constant(addend) if addend else None
        worst = 0.0
        for _ in range(count):
            error = self._square(x)
            if extra is not None:
                self.negacyclic.add(x, extra, x)
            if not error <= worst:
                worst = error
        return worst

    def climb(self, x: Words, base: int, bits: int, count: int) -> float:
        worst = 0.0
        for position in reversed(range(count)):
            error = self._square(x)
            if bits >> position & 1:
                self.negacyclic.scale(x, base)
            if not error <= worst:
                worst = error
        return worst

    def multiply(self, x: Words, y: Any, out: Words) -> float:
        second, other = y if isinstance(y, tuple) else (y, y)
        first = self.cyclic.multiply(x, second, self._t)
        return max(
            first, self._reduce(self.negacyclic.multiply(x, other, self._u), out)
        )

    def scale(self, x: Words, small: int) -> None:
        self.negacyclic.scale(x, small)

    def subtract(self, x: Words, y: Words, out: Words) -> None:
        self.negacyclic.subtract(x, y, out)

    def add(self, x: Words, y: Words, out: Words) -> None:
        self.negacyclic.add(x, y, out)

    def _square(self, x: Words) -> float:
        """x*x*g in place."""
        np.copyto(self._t, x)
        np.copyto(self._u, x)
        low = self.cyclic.square_many(self._t, 1)
        high = self.negacyclic.square_many(self._u, 1)
        return max(low, self._reduce(high, x))

    def _reduce(self, error: float, out: Words) -> float:
        """From T modulo R in _t and modulo S in _u to w in `out`."""
        low = self.cyclic.multiply(self._t, self._minus_inverse, self._m)
        high = self.negacyclic.multiply(self._m, self._number, self._t)
        self.negacyclic.add(self._u, self._t, out)
        return max(error, low, high)

    def _constant(self, small: int) -> Words:
        if small not in self._constants:
            self._constants[small] = self.load(small % self.number)
        return self._constants[small]
