"""The carry pass: transform outputs become balanced digits, without a serial chain.

Every word x is rounded to the integer y = x/w that it stands for. Then, `rounds`
times, all digits at once: q = nearest(y/B), y = y - q*B + (q of the digit below).
After two rounds |digit| <= B/2 + a little where k*sqrt(N)/12 is far below B, else three
to five are needed. Two chains run side by side, over the real and over the imaginary
parts of one row; what they carry beyond their ends is settled by `driver`.

Weights are two scalars per cell and part, w and 1/w, times constants of the lanes: the
product is in [1, b^2) and, from b on, divided by b. Base of a digit: the larger one
where the weight is below a bound. (Crandall and Fagin, "Discrete weighted transforms
and large-integer arithmetic", 1994.)
"""

from __future__ import annotations

from functools import cache
from typing import Any

from darkreach.arithmetic.fft.native import Routine
from darkreach.arithmetic.fft.vectors import (
    INT,
    Memory,
    Vector,
    chosen,
    fused,
    largest,
    less,
    magnitude,
    moved_up,
    rounded,
)

#: Doubles at the head of the constants, in this order; lane vectors follow.
(
    BIG_BASE,
    SMALL_BASE,
    BIG_INVERSE,
    SMALL_INVERSE,
    BIG_BELOW,
    WRAP_FROM,
    WRAP_DOWN,
    WRAP_UP,
    MULTIPLIER,
    TOP_UNIT,
    K,
    SIGN,
    REST_UNIT,
    WORD_LIMIT,
) = range(14)
SCALARS = 16
#: Lane vectors behind the scalars: w, 1/w after a transform, 1/w of plain digits.
LANE_WEIGHT, LANE_AFTER, LANE_PLAIN = range(3)
#: Bytes of weights per cell: w and 1/w of the real part, the same of the imaginary,
#: and behind them bytes of a bit per lane: where the product of weights is divided by
#: b, and where the base is the larger one; of the real part, of the imaginary.
CELL_WEIGHTS, LANE_BITS = 40, 32


@cache
def carry_row(width: int, rounds: int, multiplied: bool) -> Routine:
    """Routine (address, cells, weights, constants, lanes, state, error).

    lanes: address of the lane inverses to use. state: 2*rounds vectors, what the two
    chains carry in and out. error: vector of the largest round-off per lane, updated.
    multiplied: digits are multiplied by the constant MULTIPLIER after the first round.
    """

    def body(
        memory: Memory,
        address: Any,
        cells: Any,
        weights: Any,
        constants: Any,
        lanes: Any,
        state: Any,
        error: Any,
    ) -> None:
        scalar = [memory.broadcast(constants, 8 * i) for i in range(MULTIPLIER + 1)]
        lane_weight = memory.load(constants, 8 * SCALARS)
        lane_inverse = memory.load(lanes)
        wrapped_weight = lane_weight * scalar[WRAP_DOWN]
        wrapped_inverse = lane_inverse * scalar[WRAP_UP]
        reduced = memory.constant(1 - 2.0**-53)
        size = 8 * width

        def bits(place: Any, part: int, w: Vector) -> tuple[Any, Any]:
            """Lanes that wrap, lanes with the larger base. Comparisons keep the units
            busy that multiply; registers of eight have masks, which are loaded."""
            if width == 8:
                there = LANE_BITS + 2 * part
                return memory.mask(place, there), memory.mask(place, there + 1)
            wraps = less(scalar[WRAP_FROM], w, or_equal=True)
            down = chosen(wraps, w * scalar[WRAP_DOWN], w)
            return wraps, less(down, scalar[BIG_BELOW])

        def digits(
            word: Vector, place: Any, part: int, before: list[Vector], worst: Vector
        ) -> tuple[Vector, list[Vector], Vector]:
            first = memory.broadcast(place, 16 * part)
            wraps, big = bits(place, part, first * lane_weight)
            w = first * chosen(wraps, wrapped_weight, lane_weight)
            inverse = memory.broadcast(place, 16 * part + 8)
            inverse = inverse * chosen(wraps, wrapped_inverse, lane_inverse)
            base = chosen(big, scalar[BIG_BASE], scalar[SMALL_BASE])
            unit = chosen(big, scalar[BIG_INVERSE], scalar[SMALL_INVERSE])
            exact = word * inverse
            y = rounded(exact)
            # From 2^52 on a double has no fraction that could show a round-off; the
            # factor 1 - 2^-53 makes numbers of such a size show by themselves. Without
            # it extreme digits give wrong results whose round-off is 0.
            off = fused(exact, reduced, -y)
            worst = largest(magnitude(off), worst)
            carried = []
            for number in range(rounds):
                q = rounded(y * unit)
                y = fused(-q, base, y)
                if multiplied and number == 0:
                    q, y = q * scalar[MULTIPLIER], y * scalar[MULTIPLIER]
                y = y + moved_up(before[number], q)
                carried.append(q)
            return y * w, carried, worst

        def cell(offset: Any, carried: list[Vector]) -> list[Vector]:
            place = memory.shifted(address, offset)
            build = memory.builder
            number = build.udiv(offset, INT(2 * size))
            here = memory.shifted(weights, build.mul(number, INT(CELL_WEIGHTS)))
            worst, chains = carried[0], carried[1:]
            out = []
            for part in (0, 1):
                word = memory.load(place, part * size)
                before = chains[part * rounds : (part + 1) * rounds]
                word, after, worst = digits(word, here, part, before, worst)
                memory.store(place, part * size, word)
                out += after
            return [worst, *out]

        carried = [memory.load(error)]
        carried += [memory.load(state, size * i) for i in range(2 * rounds)]
        carried = memory.loop(cells, 2 * size, carried, cell)
        memory.store(error, 0, carried[0])
        for i, each in enumerate(carried[1:]):
            memory.store(state, size * i, each)

    return Routine(f"carry{rounds}{'_times' * multiplied}", width, 7, body)
