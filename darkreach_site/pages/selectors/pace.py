"""How fast a search goes, and when it may end.

The schedule notes now and then how much work is left, in seconds of a fixed model
(`searches.figures`). The mean fall per second is the speed; how much it differs from
one note to the next gives the spread of the end: two standard errors to either side.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import stdev

from searches.models import SearchFigure

#: The newest notes, from which the speed is told.
_NOTES = 13
_FEWEST = 4
_LATEST = 100 * 365 * 86_400.0


@dataclass(frozen=True)
class Pace:
    """Tests per hour since a moment, and when nothing will be left at that speed."""

    since: datetime
    tests_per_hour: float
    end: datetime
    #: Both None while there are too few notes; latest None: there may be no end.
    earliest: datetime | None = None
    latest: datetime | None = None


def pace(figure: SearchFigure) -> Pace | None:
    """None while the search does not run, or nothing moved yet."""
    notes = figure.data.get("history", [])[-_NOTES:]
    left = figure.data.get("left", 0.0)
    if figure.state != "running" or len(notes) < 2 or left <= 0:
        return None
    span = notes[-1][0] - notes[0][0]
    rate = (notes[0][1] - notes[-1][1]) / span
    if rate <= 0:
        return None
    now = notes[-1][0]
    error = _error(notes)
    earliest = latest = None
    if error is not None:
        earliest = _after(now, left / (rate + 2 * error))
        slow = rate - 2 * error
        latest = _after(now, left / slow) if slow > 0 else None
    end = _after(now, left / rate)
    if end is None:
        return None
    tests = max(0.0, notes[-1][2] - notes[0][2])
    since = datetime.fromtimestamp(notes[0][0], UTC)
    return Pace(since, 3600 * tests / span, end, earliest, latest)


def _error(notes: list[list[float]]) -> float | None:
    """The standard error of the mean speed."""
    if len(notes) < _FEWEST:
        return None
    rates = [
        (before[1] - after[1]) / (after[0] - before[0])
        for before, after in itertools.pairwise(notes)
    ]
    return stdev(rates) / math.sqrt(len(rates))


def _after(now: float, seconds: float) -> datetime | None:
    if seconds > _LATEST:
        return None
    return datetime.fromtimestamp(now + seconds, UTC)
