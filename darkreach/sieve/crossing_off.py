"""Crossing off multiples on the wheel mod 30, the loops of ``primes``.

A byte stands for 30 numbers, a bit for one of the eight that 2, 3 and 5 do not divide.
With q = 30*u + r the multiples of q by 30*t + w, w on the wheel, lie q*t + u*w +
r*w // 30 bytes from 0, in a bit that r and w alone decide: eight of them make a round
of q bytes. A round is crossed off whole, without a question in between, in the piece
where it begins; flags before the first and after the last byte that counts, FRINGE of
them, take what goes over the edge.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from darkreach.jit import kernel

#: Bytes at either end of the flags that count for nothing; more than any q of rounds.
FRINGE = 2**17

#: What is left of 0..29 after 2, 3 and 5; the first place of it from each r on; the
#: steps from place to place.
WHEEL = np.array([1, 7, 11, 13, 17, 19, 23, 29], dtype=np.uint64)
PLACE = np.searchsorted(WHEEL, np.arange(30)).astype(np.uint64)
STEP = np.diff(WHEEL, append=np.uint64(31))

#: For r = q mod 30 and a place of the wheel: bytes of r times it; the flag mask that
#: clears it; bytes to the next place.
_PRODUCT = np.arange(30, dtype=np.uint64)[:, None] * WHEEL[None, :]
BYTES = _PRODUCT // np.uint64(30)
CLEAR = np.full(30, 255, dtype=np.uint8)
CLEAR[WHEEL.astype(int)] = 255 - 2 ** np.arange(8)
MASK = CLEAR[_PRODUCT.astype(int) % 30]
STEP_BYTES = (_PRODUCT + np.arange(30, dtype=np.uint64)[:, None] * STEP) // np.uint64(
    30
) - BYTES

#: From the start of a word of flags to the number of each of its bits.
OFFSET = (30 * np.arange(8)[:, None] + WHEEL[None, :].astype(np.int64)).ravel()

ZERO, ONE, SEVEN = np.uint64(0), np.uint64(1), np.uint64(7)
EIGHT, THIRTY, MARGIN = np.uint64(8), np.uint64(30), np.uint64(FRINGE)


def _trailing_zeros(context: Any, word: Any) -> Any:
    """The place of the lowest bit of a word that is not 0."""
    signature = types.uint64(types.uint64)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return signature, generate


trailing_zeros: Any = intrinsic(_trailing_zeros)


@kernel("void(uint8[::1], uint64[::1], uint64, int64)")
def cross_off_rounds(
    flags: NDArray[np.uint8], base: NDArray[np.uint64], first: Any, piece: int
) -> None:
    """Clear the flags of the multiples of base primes below FRINGE, 1*q too, piece by
    piece; flags[FRINGE] is byte number ``first``."""
    place = np.empty(base.size, np.uint64)
    for i in range(base.size):
        place[i] = first // base[i] * base[i] + MARGIN - first
    last = flags.size - FRINGE
    for start in range(FRINGE, last, piece):
        end = np.uint64(min(start + piece, last))
        for i in range(base.size):
            q = base[i]
            u = q // THIRTY
            r = q - THIRTY * u
            d0, m0 = u * WHEEL[0] + BYTES[r, 0], MASK[r, 0]
            d1, m1 = u * WHEEL[1] + BYTES[r, 1], MASK[r, 1]
            d2, m2 = u * WHEEL[2] + BYTES[r, 2], MASK[r, 2]
            d3, m3 = u * WHEEL[3] + BYTES[r, 3], MASK[r, 3]
            d4, m4 = u * WHEEL[4] + BYTES[r, 4], MASK[r, 4]
            d5, m5 = u * WHEEL[5] + BYTES[r, 5], MASK[r, 5]
            d6, m6 = u * WHEEL[6] + BYTES[r, 6], MASK[r, 6]
            d7, m7 = u * WHEEL[7] + BYTES[r, 7], MASK[r, 7]
            at = place[i]
            while at < end:
                flags[at + d0] &= m0
                flags[at + d1] &= m1
                flags[at + d2] &= m2
                flags[at + d3] &= m3
                flags[at + d4] &= m4
                flags[at + d5] &= m5
                flags[at + d6] &= m6
                flags[at + d7] &= m7
                at += q
            place[i] = at


@kernel("void(uint8[::1], uint64[::1], uint64)")
def cross_off_steps(
    flags: NDArray[np.uint8], base: NDArray[np.uint64], first: Any
) -> None:
    """The same for base primes of any size, from multiple to multiple."""
    end = np.uint64(flags.size - FRINGE)
    for q in base:
        u = q // THIRTY
        r = q - THIRTY * u
        k = (THIRTY * first + q - ONE) // q
        t = k // THIRTY
        j = PLACE[k - THIRTY * t]
        at = q * t + u * WHEEL[j] + BYTES[r, j] + MARGIN - first
        while at < end:
            flags[at] &= MASK[r, j]
            at += u * STEP[j] + STEP_BYTES[r, j]
            j = (j + ONE) & SEVEN


@kernel("void(uint64[::1], int64, int64[::1])")
def collect(words: NDArray[np.uint64], start: int, found: NDArray[np.int64]) -> None:
    """Write the numbers of the flags that are set, ascending, which fill ``found``; the
    first byte stands for start + WHEEL."""
    count = np.uint64(0)
    for i in range(words.size):
        word = words[i]
        base = start + 240 * i
        while word != ZERO:
            found[count] = base + OFFSET[trailing_zeros(word)]
            word &= word - ONE
            count += ONE
