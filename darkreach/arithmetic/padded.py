"""Multiplication modulo k*b^n + c for large k, in a transform of twice the length.

With a whole base B = b^i in every word, h = floor(n/i) words and K = k*b^(n - i*h), the
number is K*B^h + c. A residue x is held as X = x/K modulo it, in the low half of the
words: a product fits into all of them, so nothing wraps around. It is L + H*B^h, and

    K * (L + H*B^h) = K*L - c*H   modulo N,

which is x*y/K again. `fft.folding` computes that for all digits below B^h. What stands
above is T*B^h with T = Q*K + R: R stays there, -c*Q comes to the lowest digits. Q and R
have few digits, found one after the other in floating point (`padded_loop`).

gwnum pads with zeros too where k is beyond its weighted transform. Here no weight
depends on k, so words hold as many bits as for k = 1, half a bit more even because half
of them are zero; the weighted transform loses lg(k)/2 bits of each.
"""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import gmpy2
import numpy as np
from numpy.typing import NDArray

from darkreach.arithmetic.engines import Words
from darkreach.arithmetic.fft import driver, folding, lengths
from darkreach.arithmetic.fft import engine as fft
from darkreach.arithmetic.fft.layout import Layout, cell_address
from darkreach.arithmetic.fft.tables import aligned
from darkreach.arithmetic.padded_loop import FOLD, LOOP, REDUCE, SQUARE

#: Most digits of K, and fewest bits of a digit.
MOST_PIECES, LEAST_BITS = 8, 12
#: Bits that a word holds beyond those of a transform all of whose words are in use.
_HALF_EMPTY = 0.5
_ZEROS = np.zeros(4096, dtype=np.uint8)
_NO_BITS, _ONE_BIT = np.zeros(0, dtype=np.uint8), np.ones(1, dtype=np.uint8)


def _pieces(number: Any, base: Any) -> list[int]:
    """Balanced digits; the last is positive."""
    found = []
    while number:
        digit = int((number + base // 2) % base - base // 2)
        found.append(digit)
        number = (number - digit) // base
    return found


class Shape:
    """How k*b^n + c lies in `length` words; ValueError where it does not."""

    def __init__(self, k: int, b: int, n: int, c: int, length: int) -> None:
        # As few bits as will do, where K has as many digits as it may.
        words = length // 2 - MOST_PIECES - 1
        self.power = max(1, -(-n // words)) if words > 0 else n
        self.bits = self.power * math.log2(b)
        room = lengths.safe_bits(length) + _HALF_EMPTY
        if not LEAST_BITS <= self.bits <= room:
            raise ValueError(f"length {length} is not safe for {b}^{n}")
        self.h, rest = divmod(n, self.power)
        self.base = gmpy2.mpz(b) ** self.power
        self.k = gmpy2.mpz(k) * gmpy2.mpz(b) ** rest
        most = MOST_PIECES * self.bits + 2
        self.digits = _pieces(self.k, self.base) if self.k.bit_length() < most else []
        self.top = 2 * len(self.digits) + 2
        if not 0 < len(self.digits) <= MOST_PIECES or self.h <= 2 * self.top:
            raise ValueError("k is too large for a zero-padded transform")


class Padded:
    """The engine modulo k*b^n + c, c = +-1, over one modulo B^length + 1."""

    def __init__(
        self, k: int, b: int, n: int, c: int, length: int, width: int | None = None
    ) -> None:
        self.shape = shape = Shape(k, b, n, c, length)
        self.number = gmpy2.mpz(k) * gmpy2.mpz(b) ** n + c
        power = shape.power * length
        self.whole = fft.Engine(1, b, power, 1, length, width)
        self.length, self.width = length, self.whole.width
        self.layout = self.whole.layout
        self.kernel = f"zero-padded, {self.whole.kernel}"
        self._inverse = gmpy2.invert(shape.k, self.number)
        w, lane = len(shape.digits), shape.h % self.width
        self._routine = folding.fold(self.width, lane, w).address
        self._digits = np.array(
            [shape.base, 1 / float(shape.base), -c, *shape.digits], dtype=float
        )
        vectors = folding.state_vectors(self.width, w) * self.width
        self._state = aligned(vectors).reshape(-1, self.width)
        self._work = aligned(self.width + 4 * shape.top + 8)
        start = shape.h - lane
        self._sizes = np.array([shape.h, w, start, shape.top], dtype=np.int64)
        self._runs = _runs(self.layout, start // self.width)
        self.whole._run.compile()
        # The loop looks at the words once, at its end.
        self._plan = self.whole._plan.copy()
        self._plan[driver.WATCHED] = 0

    def load(self, value: Any) -> Words:
        return self.whole.load(value * self._inverse % self.number)

    def store(self, x: Words) -> Any:
        value = self.whole.store(x)
        if 2 * value > self.whole.number:
            value -= self.whole.number
        return value * self.shape.k % self.number

    def prepare(self, y: Words) -> Words:
        return self.whole.prepare(y)

    def square_many(self, x: Words, count: int, addend: int = 0) -> float:
        worst = 0.0
        while count and worst <= 0.5:
            slice_ = min(count, len(_ZEROS))
            worst = max(worst, self._powers(x, _ZEROS[:slice_], 1, addend))
            count -= slice_
        return worst

    def climb(self, x: Words, base: int, bits: int, count: int) -> float:
        chosen = np.array([int(bit) for bit in f"{bits:0{count}b}"], dtype=np.uint8)
        return self._powers(x, chosen[:count], base)

    def multiply(self, x: Words, y: Words, out: Words) -> float:
        error = self.whole.multiply(x, y, out)
        self._call(out, FOLD, _ZEROS[:1])
        return error

    def scale(self, x: Words, small: int) -> float:
        error = self.whole.scale(x, small)
        self._call(x, REDUCE, _NO_BITS)
        return error

    def add(self, x: Words, y: Words, out: Words) -> float:
        error = self.whole.add(x, y, out)
        self._call(out, REDUCE, _NO_BITS)
        return error

    def subtract(self, x: Words, y: Words, out: Words) -> float:
        error = self.whole.subtract(x, y, out)
        self._call(out, REDUCE, _NO_BITS)
        return error

    def _powers(
        self, x: Words, bits: NDArray[np.uint8], base: int, addend: int = 0
    ) -> float:
        apart = base > 1 and self.whole._apart(base)
        return self._call(x, SQUARE, bits, base, apart, addend)

    def _call(
        self,
        x: Words,
        code: int,
        bits: NDArray[np.uint8],
        base: int = 1,
        apart: bool = False,
        addend: int = 0,
    ) -> float:
        error: float = LOOP(
            self.whole._run._dispatcher,
            self._plan,
            x,
            self.layout.positions,
            self._runs,
            self._routine,
            self._digits,
            self._state,
            self._work,
            self._sizes,
            code,
            bits,
            float(base),
            apart,
            float(addend),
            _NO_BITS,
            _ONE_BIT,
        )
        return error


def _runs(layout: Layout, cells: int) -> NDArray[np.int64]:
    """Rows (low, high, cells) for `folding.fold`, in bytes: the vectors of L, and those
    of H from the one after the first on, without gaps."""
    part = layout.half // layout.width

    def places(vectors: NDArray[np.int64]) -> NDArray[np.int64]:
        imaginary, cell = np.divmod(vectors, part)
        row, place = np.divmod(cell, layout.row_cells)
        inside = np.array([cell_address(layout.width, int(each)) for each in place])
        found: NDArray[np.int64]
        found = row * layout.row_bytes + inside + 8 * layout.width * imaginary
        return found

    first = np.arange(cells, dtype=np.int64)
    low, high = places(first), places(first + cells + 1)
    step = 16 * layout.width
    breaks = (np.diff(low) != step) | (np.diff(high) != step)
    starts = np.concatenate([[0], np.flatnonzero(breaks) + 1])
    counts = np.diff(np.append(starts, cells))
    runs: NDArray[np.int64] = np.stack([low[starts], high[starts], counts], axis=1)
    return runs


def fitting(k: int, b: int, n: int, c: int, width: int | None = None) -> list[int]:
    """All lengths that are safe for k*b^n + c, ascending."""
    found = []
    for length in lengths.lengths("negacyclic", width):
        with suppress(ValueError):
            Shape(k, b, n, c, length)
            found.append(length)
    return found


def best(k: int, b: int, n: int, c: int, width: int | None = None) -> int:
    """The fastest length; ValueError where there is none."""
    found = fitting(k, b, n, c, width)
    if not found:
        raise ValueError(f"no zero-padded transform fits {b}^{n} and this k")
    return min(found, key=lambda length: lengths.price(length, "negacyclic"))
