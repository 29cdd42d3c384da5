"""Two halves of a product into one: K*L - c*H of digits, without a serial chain.

Modulo K*B^h + c a product L + H*B^h is K^-1 times K*L - c*H (`padded`). K has a few
digits of its own, so K*L is a short convolution: digits of L times the digits of K, one
lane further up for each. Two rounds of carries, as in `carrying`, leave digits again.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from darkreach.arithmetic.fft.native import Routine
from darkreach.arithmetic.fft.vectors import (
    Memory,
    Vector,
    fused,
    moved_up,
    rounded,
    shuffled,
)

#: Doubles at the head of the constants; the digits of K follow.
BASE, UNIT, SIGN = range(3)
SCALARS = 3
ROUNDS = 2


def earlier(width: int, pieces: int) -> int:
    """Vectors of L before the present one that its lanes come from."""
    return -(-(pieces - 1) // width)


def state_vectors(width: int, pieces: int) -> int:
    """What goes from cell to cell: the present vector of H, earlier ones of L, and what
    the two rounds carry."""
    return 1 + earlier(width, pieces) + ROUNDS


@cache
def fold(width: int, lanes: int, pieces: int) -> Routine:
    """Routine (low, high, cells, constants, state, -, -).

    low: the first real (or imaginary) vector of L, overwritten by digits. high: the
    vectors of H that come next, zeroed; H begins `lanes` above the one in the state.
    pieces: digits of K.
    """
    before = earlier(width, pieces)

    def body(
        memory: Memory,
        low: Any,
        high: Any,
        cells: Any,
        constants: Any,
        state: Any,
        *unused: Any,
    ) -> None:
        size = 8 * width
        base, unit, sign = (memory.broadcast(constants, 8 * i) for i in range(SCALARS))
        digits = [memory.broadcast(constants, 8 * (SCALARS + i)) for i in range(pieces)]
        zero = memory.constant(0.0)

        def moved(history: list[Vector], places: int) -> Vector:
            """L moved up; the newest vector is the first of the history."""
            whole, rest = divmod(places, width)
            if rest == 0:
                return history[whole]
            taken = range(width - rest, 2 * width - rest)
            return shuffled(history[whole + 1], history[whole], taken)

        def cell(offset: Any, carried: list[Vector]) -> list[Vector]:
            here, there = (memory.shifted(each, offset) for each in (low, high))
            following = memory.load(there)
            memory.store(there, 0, zero)
            top = shuffled(carried[0], following, range(lanes, lanes + width))
            history = [memory.load(here), *carried[1 : 1 + before]]
            z = top * sign
            for place, digit in enumerate(digits):
                z = fused(moved(history, place), digit, z)
            after = []
            for number in range(ROUNDS):
                q = rounded(z * unit)
                z = fused(-q, base, z) + moved_up(carried[1 + before + number], q)
                after.append(q)
            memory.store(here, 0, z)
            return [following, *history[:before], *after]

        places = [size * i for i in range(state_vectors(width, pieces))]
        carried = [memory.load(state, place) for place in places]
        carried = memory.loop(cells, 2 * size, carried, cell)
        for place, each in zip(places, carried, strict=True):
            memory.store(state, place, each)

    return Routine(f"fold{pieces}_{lanes}", width, 7, body)
