"""Two programs measured in turns, so that a noisy machine disturbs both alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

#: Rounds of a comparison, as long as they do not take more than `LONGEST` seconds.
ROUNDS = 7
LONGEST = 20.0


@dataclass(frozen=True)
class Comparison:
    """Median seconds of both, and the median of theirs / ours, round by round."""

    ours: float
    theirs: float
    ratio: float


def seconds(call: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def compare(ours: Callable[[], object], theirs: Callable[[], object]) -> Comparison:
    """Both in turns, at least once; `ours` is called once before, unmeasured."""
    ours()
    pairs: list[tuple[float, float]] = []
    while len(pairs) < ROUNDS and sum(map(sum, pairs)) < LONGEST:
        pairs.append((seconds(ours), seconds(theirs)))
    return Comparison(
        statistics.median(pair[0] for pair in pairs),
        statistics.median(pair[1] for pair in pairs),
        statistics.median(pair[1] / pair[0] for pair in pairs),
    )


def count_for(work: Callable[[int], object], target: float) -> int:
    """How many steps take about `target` seconds: work(count) does so many."""
    count = 1
    while (taken := seconds(partial(work, count))) < target / 4:
        count *= 4
    return max(1, round(count * target / taken))
