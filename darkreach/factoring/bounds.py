"""Which bounds of P-1 pay best for a number, and whether any do.

P-1 with B1, B2 finds a prime factor f when f-1 has only prime factors up to B1 but for
one up to B2. With a known divisor D of f-1 only the rest (f-1)/D must be so smooth. A
number without a factor below L has one of size e^x in dx with chance dx/x (Mertens), so
the chance of success is 1 - exp(-integral of S(x - ln D) dx/x), where S is the share of
integers of that size that are smooth enough:

    S = r(y) + integral over ln B1 < t < ln B2 of r(y - t) dt/t,
    r(y) = rho(y/ln B1) - gamma*rho(y/ln B1 - 1)/y   at size e^y,

rho Dickman's function: E. Bach, R. Peralta, Asymptotic semismoothness probabilities,
Math. Comp. 65 (1996); the second term of r by N. G. de Bruijn. The cost is counted in
squarings modulo the number; a test of it is as many squarings as it has bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from darkreach.factoring.stage_two import multiplications

#: A squaring costs a multiplication this many times: two transforms more of three.
MULTIPLICATION = 1.4
#: Bits of the exponent of stage 1 for each unit of B1: 1/ln 2.
BITS_PER_B1 = 1.4427
#: Numbers below this are tested before P-1 has begun in earnest.
SMALLEST_BITS = 5_000
#: f-1 is divisible by an odd prime q more often than other numbers, as f is not: it is
#: as smooth as a number smaller by e^SHIFTED, the sum of ln q/(q-1)^2 over odd q.
SHIFTED = 0.53
#: B1 and B2/B1 that are tried; then the neighbourhood of the best.
_B1 = [round(100 * 1.5**i) for i in range(32)]
_RATIOS = (1, 5, 10, 20, 30, 40, 60, 80, 120)
MOST_B1, MOST_B2 = 10**8, 10**9

_STEP = 1 / 1000
_END = 20.0
_GAMMA = 0.5772156649
_SIZES, _SHARES = 64, 24

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Choice:
    """Bounds and what they promise. cost and saving are in tests of the number: what
    P-1 takes, and the mean of what it saves less that."""

    b1: int
    b2: int
    probability: float
    cost: float
    saving: float

    @property
    def pays(self) -> bool:
        return self.saving > 0


@lru_cache(maxsize=1)
def _table() -> Floats:
    """rho at the multiples of _STEP, from u*rho'(u) = -rho(u-1), by the rule of the
    trapezium."""
    lag = round(1 / _STEP)
    values = [1.0] * (lag + 1)
    for i in range(lag + 1, round(_END / _STEP) + 1):
        before = values[i - 1 - lag] / ((i - 1) * _STEP)
        slope = before + values[i - lag] / (i * _STEP)
        values.append(max(values[-1] - slope * _STEP / 2, 0.0))
    return np.array(values)


def rho(u: Floats) -> Floats:
    """Dickman's function; 1 up to u = 1, and 0 beyond u = 20: there below 1e-28."""
    table = _table()
    at = np.arange(table.size) * _STEP
    found: Floats = np.interp(u, at, table, left=1.0, right=0.0)
    return found


def _smooth(y: Floats, b: float) -> Floats:
    """The share of integers of size e^y with no prime factor above e^b."""
    u = y / b
    corrected = rho(u) - _GAMMA * np.where(u > 1, rho(u - 1), 0.0) / np.maximum(y, 1.0)
    share: Floats = np.where(u <= 1, 1.0, np.maximum(corrected, 0.0))
    return share


def semismooth(y: Floats, b1: float, b2: float) -> Floats:
    """The share of integers of size e^y with all prime factors up to b1, but for one up
    to b2."""
    share = _smooth(y, log(b1))
    if b2 <= b1:
        return share
    edges = np.linspace(log(b1), log(b2), _SHARES + 1)
    t = (edges[1:] + edges[:-1]) / 2
    rest = y[:, None] - t[None, :]
    inner = np.where(rest > 0, _smooth(np.maximum(rest, 0.0), log(b1)), 0.0)
    weight = np.log(edges[1:] / edges[:-1])
    whole: Floats = np.minimum(share + inner @ weight, 1.0)
    return whole


def probability(depth: float, divisor: int, b1: float, b2: float) -> float:
    """The chance that P-1 finds a factor of a number without one below depth."""
    first = log(depth)
    edges = np.linspace(first, 8 * first, _SIZES + 1)
    middle = (edges[1:] + edges[:-1]) / 2
    y = np.maximum(middle - log(divisor) - SHIFTED, 0.0)
    density = np.log(edges[1:] / edges[:-1])
    found = float(semismooth(y, b1, b2) @ density)
    return 1 - exp(-found)


def squarings(bits: int, divisor: int, b1: int, b2: int) -> float:
    """The cost of both stages."""
    first = BITS_PER_B1 * b1 + log(divisor) / log(2)
    return first + MULTIPLICATION * multiplications(bits, b1, b2)


def best(bits: int, depth: float, divisor: int, tests: float = 1.0) -> Choice | None:
    """The bounds with the greatest saving for a number of so many bits, without a
    factor below depth, whose factors f have f-1 divisible by divisor.

    tests: how many tests a factor saves (a double check is one more). None where no
    bounds that were tried save anything.
    """
    if bits < SMALLEST_BITS:
        return None
    choices = [
        _choice(bits, depth, divisor, tests, b1, b1 * ratio)
        for b1 in _B1
        if BITS_PER_B1 * b1 < bits * tests
        for ratio in _RATIOS
    ]
    found = max(choices, key=lambda c: c.saving, default=None)
    if found is None or not found.pays:
        return None
    near = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.35)
    finer = [
        _choice(bits, depth, divisor, tests, found.b1 * x, found.b2 * y)
        for x in near
        for y in near
    ]
    return max(finer, key=lambda c: c.saving)


def _choice(
    bits: int, depth: float, divisor: int, tests: float, b1: float, b2: float
) -> Choice:
    low = min(_rounded(b1), MOST_B1)
    high = min(max(_rounded(b2), low), MOST_B2)
    chance = probability(depth, divisor, low, high)
    cost = squarings(bits, divisor, low, high) / bits
    return Choice(low, high, chance, cost, chance * tests - cost)


def _rounded(value: float) -> int:
    """Two places, as people write bounds."""
    unit: int = 10 ** max(len(str(int(value))) - 2, 0)
    return max(round(value / unit) * unit, 2)
