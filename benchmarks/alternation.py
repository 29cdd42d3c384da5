"""Two programs measured in turns, so that a noisy machine disturbs both alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """Median seconds of both, and the median of the ratios of neighbouring runs."""

    ours: float
    theirs: float
    ratio: float


def seconds(call: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def compare(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int = 9
) -> Comparison:
    """Run both `rounds` times in turns, after one unmeasured call of each.

    ratio: theirs / ours, above 1 where ours is faster.
    """
    ours()
    theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    return Comparison(
        statistics.median(pair[0] for pair in pairs),
        statistics.median(pair[1] for pair in pairs),
        statistics.median(pair[1] / pair[0] for pair in pairs),
    )
