"""Primes that were to be expected among the numbers tested so far, and those found.

The number of primes among tested candidates is close to a Poisson variable whose mean
is the sum of their chances (`darkreach.forms.density`). The band holds it in 95 of 100
searches; outside it either luck or something else is at work.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from searches.models import SearchFigure

_LEFT, _RIGHT = 0.025, 0.975
#: Means from which the normal approximation is good to a unit.
_LARGE = 400.0


@dataclass(frozen=True)
class Row:
    """Sums over all numbers up to a size."""

    digits: int
    left: int
    tested: int
    expected: float
    low: int
    high: int
    found: int


def band(mean: float) -> tuple[int, int]:
    """Between these a Poisson variable lies with a chance of at least 95 %."""
    if mean > _LARGE:
        spread = 1.96 * math.sqrt(mean)
        return max(0, math.floor(mean - spread)), math.ceil(mean + spread)
    low, k, term = None, 0, math.exp(-mean)
    total = term
    while total < _RIGHT:
        if low is None and total >= _LEFT:
            low = k
        k += 1
        term *= mean / k
        total += term
    return (k if low is None else low), k


def rows(figure: SearchFigure, hidden: int = 0) -> list[Row]:
    """From the smallest numbers to the largest, each row with all before it. hidden:
    primes that are not shown yet; they are left out from the end."""
    found: list[Row] = []
    left = tested = primes = 0
    expected = 0.0
    most = sum(one["primes"] for one in figure.data.get("bins", [])) - hidden
    for one in figure.data.get("bins", []):
        left += one["left"]
        tested += one["tested"]
        primes += one["primes"]
        expected += one["expected"] * one["tested"]
        low, high = band(expected)
        digits = int(one["high"] * math.log10(2)) + 1
        shown = min(primes, most)
        found.append(Row(digits, left, tested, expected, low, high, shown))
    return found
