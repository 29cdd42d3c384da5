"""The site in a few numbers, and the hours behind them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fleet import figures
from fleet.models import Hour
from searches.clock import ledger_now
from verification import embargo

#: Hours of the chart on the first page.
HOURS = 7 * 24


@dataclass(frozen=True)
class Totals:
    """Counts over everything in the ledger, as the schedule counted them last."""

    primes: int
    settled: int
    running: int
    open: int
    tests: int
    forms: dict[str, Any]


def totals() -> Totals:
    """Two queries; primes under embargo are not counted."""
    data = figures.site()
    return Totals(
        primes=max(0, data["primes"] - embargo.hidden().count()),
        settled=data["settled"],
        running=data["searches"].get("running", 0),
        open=data["open"],
        tests=data["tests"],
        forms=data["forms"],
    )


@dataclass(frozen=True)
class Done:
    """What was done in one hour."""

    start: datetime
    tests: int
    settled: int
    primes: int
    workers: int


def hours(count: int = HOURS) -> list[Done]:
    """The newest hours, oldest first, each the difference to the one before it that is
    known; what was done in hours that nobody counted falls into the next."""
    since = ledger_now() - timedelta(hours=count + 1)
    rows = list(Hour.objects.filter(start__gte=since).order_by("start"))
    pairs = itertools.pairwise(rows)
    return [
        Done(
            start=after.start,
            tests=max(0, after.tests - before.tests),
            settled=max(0, after.settled - before.settled),
            primes=max(0, after.primes - before.primes),
            workers=after.workers,
        )
        for before, after in pairs
    ]
