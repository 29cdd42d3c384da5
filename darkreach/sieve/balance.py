"""Whether sieving on pays: what removing one more candidate costs, and what it saves.

A prime near p costs c seconds and removes about N*m/p of the N candidates that are
left, each of m numbers; so one removal at depth P costs c*P/(N*m) seconds. Sieving
pays while that is less than what a removal saves. c is measured best (seconds over
primes, without noise); how many removals there are against the expectation shows only
after many: F of them leave an error of 1/sqrt(F). Below FEWEST_FACTORS the formula is
believed instead.

Nothing here needs the compiler: coordinators import it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, inf, log, sqrt
from statistics import median

#: Removals that measure their rate to 10 %.
FEWEST_FACTORS = 100
#: The modular multiplication of the faster kernels ends here.
DEEPEST = 2**50
#: A round of sieving that would end within this factor of the depth is left out.
WORTH_A_ROUND = 1.1
#: A round multiplies the depth by ROUND at most, or goes to 1/FAR of where the balance
#: is expected once the cost of a prime is measured and not only estimated.
ROUND, FAR = 2.0, 4.0

_STEPS = 64


def primes_between(low: float, high: float) -> float:
    """How many primes there are in (low, high], roughly: the integral of 1/ln p."""
    low = max(low, 2.0)
    if high <= low:
        return 0.0
    a, b = log(low), log(high)
    h = (b - a) / _STEPS
    total = 0.0  # Simpson's rule in ln p
    for i in range(_STEPS + 1):
        weight = 1 if i in (0, _STEPS) else 4 if i % 2 else 2
        total += weight * exp(a + i * h) / (a + i * h)
    return total * h / 3


def expected_removals(numbers: float, members: int, low: float, high: float) -> float:
    """How many of the candidates without a factor up to low have one up to high."""
    low, high = max(low, 2.0), max(high, 2.0)
    share: float = (log(low) / log(high)) ** members
    return numbers * (1 - share) if high > low else 0.0


@dataclass(frozen=True)
class Range:
    """A range of primes that was sieved with: from p_min to p_max, so many seconds for
    each prime, removing so many candidates."""

    p_min: int
    p_max: int
    prime_seconds: float
    removed: int


@dataclass(frozen=True)
class Measurement:
    """What the deepest ranges say: seconds per prime, candidates removed, and how many
    the formula expected."""

    prime_seconds: float
    removed: int
    expected: float


def measure(ranges: Iterable[Range], numbers: int, members: int) -> Measurement | None:
    """The deepest ranges together, as far back as four times FEWEST_FACTORS removals
    need; None without any. numbers: the candidates that are left after all of them.

    The seconds per prime are the median over these ranges: one that a busy machine did
    does not count for more than itself.
    """
    chosen: list[Range] = []
    removed = 0
    for each in sorted(ranges, key=lambda r: r.p_min, reverse=True):
        chosen.append(each)
        removed += each.removed
        if removed >= 4 * FEWEST_FACTORS and len(chosen) > 2:
            break
    if not chosen:
        return None
    low, high = chosen[-1].p_min, chosen[0].p_max
    expected = expected_removals(numbers + removed, members, low, high)
    return Measurement(median(r.prime_seconds for r in chosen), removed, expected)


@dataclass(frozen=True)
class Balance:
    """Cost and gain of the next removal. Times are seconds of one core; low and high
    are the ends of the Poisson band of the cost."""

    depth: int
    numbers: int
    prime_seconds: float
    prime_measured: bool
    factors: int
    measured: bool
    cost: float
    low: float
    high: float
    saves: float
    #: Where both are expected to be equal.
    target: int

    @property
    def goes_on(self) -> bool:
        return self.target > WORTH_A_ROUND * self.depth

    @property
    def next_depth(self) -> int:
        """Where the next round ends."""
        far = self.target / FAR if self.prime_measured else 0.0
        return min(self.target, int(max(ROUND * self.depth, far)))


def balance(
    depth: int,
    numbers: int,
    members: int,
    saves: float,
    prime_seconds: float,
    measured: Measurement | None = None,
) -> Balance:
    """The balance at this depth.

    numbers: candidates left, of so many members each; saves: seconds that removing one
    saves; prime_seconds: what one prime costs, used where nothing was measured.
    """
    rate, factors, error = 1.0, 0, inf
    if measured is not None:
        prime_seconds, factors = measured.prime_seconds, measured.removed
    enough = measured is not None and factors >= FEWEST_FACTORS
    if measured is not None and enough:
        rate = factors / max(measured.expected, 1e-9)
    if factors:
        error = 1 / sqrt(factors)
    weight = members * rate
    cost = prime_seconds * depth / (numbers * weight) if numbers else inf
    return Balance(
        depth=depth,
        numbers=numbers,
        prime_seconds=prime_seconds,
        prime_measured=measured is not None,
        factors=factors,
        measured=enough,
        cost=cost,
        low=cost / (1 + error) if enough else 0.0,
        high=cost / (1 - error) if enough else inf,
        saves=saves,
        target=_target(depth, numbers, weight, saves, prime_seconds),
    )


def _target(
    depth: int, numbers: int, weight: float, saves: float, prime_seconds: float
) -> int:
    """The P with c*P/(N(P)*weight) = saves, where N falls as (ln P)^-weight."""
    if not numbers:
        return depth
    here = log(max(depth, 3))
    p = float(depth)
    for _ in range(50):
        left = numbers * (here / log(max(p, 3.0))) ** weight
        wanted = left * weight * saves / max(prime_seconds, 1e-12)
        p = sqrt(p * min(max(wanted, 3.0), float(DEEPEST)))
    return int(min(p, DEEPEST))
