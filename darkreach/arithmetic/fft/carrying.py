"""The carry pass: transform outputs become balanced digits, without a serial chain.

Every word x is rounded to the integer y = x/w that it stands for. Then, `rounds`
times, all digits at once: q = nearest(y/B), y = y - q*B + (q of the digit below).
After two rounds |digit| <= B/2 + a little where k*sqrt(N)/12 is far below B, else three
to five are needed. The digits of a cell are one chain, real and imaginary parts in turn
(cyclic), or belong to two chains side by side (negacyclic: one over the real and one
over the imaginary parts of a row); what is carried beyond the ends of chains is settled
by `driver`.

Weights are two scalars per cell and part, w and 1/w, times vectors of the lanes: the
product is in [1, b^2) and, from b on, divided by b. A digit has the larger base where
its weight is below a bound. Both decisions depend on the place of the scalar between b
and the lanes' weights only, so a table of a few patterns has the vectors for all cells.
(Crandall and Fagin, "Discrete weighted transforms and large-integer arithmetic", 1994.)
"""

from __future__ import annotations

from functools import cache
from typing import Any

from darkreach.arithmetic.fft.native import Routine
from darkreach.arithmetic.fft.vectors import (
    INDEX,
    INT,
    Memory,
    Vector,
    fused,
    largest,
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
#: Lane vectors behind the scalars: w, 1/w of plain digits.
LANE_WEIGHT, LANE_PLAIN = range(2)
#: Vectors of a pattern: lane factors of w and of 1/w, bases, inverses of the bases.
PATTERN = 4
#: Bytes of weights per cell: w and 1/w of the real part, the same of the imaginary, and
#: behind them, as 32-bit integers, where the patterns of the two are in the table.
CELL_WEIGHTS, PATTERNS_AT = 40, 32


def most_patterns(width: int) -> int:
    """Rows of a table of patterns, a power of two: on the way from 1 to b every lane
    changes twice at most."""
    return 4 * width


class _Part:
    """The real or imaginary parts of a cell on their way to digits."""

    def __init__(
        self, memory: Memory, address: Any, weights: Any, patterns: Any, part: int
    ) -> None:
        size = 8 * memory.width
        build = memory.builder
        place = memory.shifted(weights, PATTERNS_AT + 4 * part)
        number = build.load(build.inttoptr(place, INDEX.as_pointer()))
        # Whatever memory may do to the number, it stays within the table.
        last = INDEX((most_patterns(memory.width) - 1) * PATTERN * size)
        pattern = build.add(patterns, build.zext(build.and_(number, last), INT))
        self.w = memory.broadcast(weights, 16 * part) * memory.load(pattern)
        inverse = memory.broadcast(weights, 16 * part + 8)
        inverse = inverse * memory.load(pattern, size)
        self.base, self.unit = (memory.load(pattern, i * size) for i in (2, 3))
        self.exact = memory.load(address, part * size) * inverse
        self.y = rounded(self.exact)

    def taken(self) -> Vector:
        """The carries out of all digits, taken off them."""
        q = rounded(self.y * self.unit)
        self.y = fused(-q, self.base, self.y)
        return q


@cache
def carry_row(width: int, rounds: int, multiplied: bool, cyclic: bool) -> Routine:
    """Routine (address, cells, weights, constants, patterns, state, error).

    state: 2*rounds vectors, what the two chains carry in and out; of one chain those of
    the second. error: vector of the largest round-off per lane, updated.
    multiplied: digits are multiplied by the constant MULTIPLIER after the first round.
    """

    def body(
        memory: Memory,
        address: Any,
        cells: Any,
        weights: Any,
        constants: Any,
        patterns: Any,
        state: Any,
        error: Any,
    ) -> None:
        multiplier = memory.broadcast(constants, 8 * MULTIPLIER)
        reduced = memory.constant(1 - 2.0**-53)
        size = 8 * width
        chains = (1,) if cyclic else (0, 1)

        def cell(offset: Any, carried: list[Vector]) -> list[Vector]:
            place = memory.shifted(address, offset)
            build = memory.builder
            number = build.udiv(offset, INT(2 * size))
            here = memory.shifted(weights, build.mul(number, INT(CELL_WEIGHTS)))
            worst, before = carried[0], carried[1:]
            parts = [_Part(memory, place, here, patterns, part) for part in (0, 1)]
            for each in parts:
                # From 2^52 on a double has no fraction that could show a round-off; the
                # factor 1 - 2^-53 makes numbers of such a size show by themselves.
                # Without it extreme digits give wrong results whose round-off is 0.
                off = fused(each.exact, reduced, -each.y)
                worst = largest(magnitude(off), worst)
            after = []
            for number in range(rounds):
                taken = [each.taken() for each in parts]
                if multiplied and number == 0:
                    taken = [q * multiplier for q in taken]
                    for each in parts:
                        each.y = each.y * multiplier
                above = [
                    moved_up(before[number * len(chains) + i], taken[part])
                    for i, part in enumerate(chains)
                ]
                if cyclic:
                    above.append(taken[0])
                for each, q in zip(parts, above, strict=True):
                    each.y = each.y + q
                after += [taken[part] for part in chains]
            for part, each in enumerate(parts):
                memory.store(place, part * size, each.y * each.w)
            return [worst, *after]

        places = [
            size * (part * rounds + number)
            for number in range(rounds)
            for part in chains
        ]
        carried = [memory.load(error), *(memory.load(state, at) for at in places)]
        carried = memory.loop(cells, 2 * size, carried, cell)
        memory.store(error, 0, carried[0])
        for place, each in zip(places, carried[1:], strict=True):
            memory.store(state, place, each)

    name = f"carry{rounds}{'_times' * multiplied}{'_cyclic' * cyclic}"
    return Routine(name, width, 7, body)
