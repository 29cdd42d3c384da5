"""Figures of a search, counted once for all who look.

Counting reads an index of all candidates of the search from end to end, so it is done
by the schedule and never by a page. The work that is left is told in seconds of the
plain model (`estimates.model`), whose unit does not change as speeds are learned: its
fall over time is the speed of the search, whatever the sizes of the numbers.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, Q, Sum
from django.db.models.functions import Coalesce

from darkreach.forms.density import chance
from searches import estimates, levels, states
from searches.funnel import stages
from searches.models import Block, Candidate, Search, SearchFigure, SievedSpan
from searches.strips import strips
from searches.work import order_of

#: Sizes are put together into so many bins.
BINS = 24
#: Counting takes at most this share of the time.
_SHARE = 1 / 20
#: Figures of a search that does not run are counted again after so long.
_REST = timedelta(hours=1)
_RESTING_AT_ONCE = 3
#: Points of the history; when it is full every other one is dropped.
_HISTORY = 48
_APART = 60.0
_TESTED = ("composite", "prime", "probable", "disputed")
_OPEN = ("open", "elsewhere")


def due(now: datetime, every: float = 0.0) -> list[Search]:
    """The searches whose figures are to be counted now. every: seconds between two
    counts of a search that runs, at least."""
    rows = Search.objects.select_related("figure")
    changed = Q(figure__isnull=True) | ~Q(state=F("figure__state"))
    resting = rows.exclude(state="running").filter(figure__made_at__lt=now - _REST)
    found = list(rows.filter(Q(state="running") | changed).order_by("id"))
    found = [each for each in found if _is_due(each, now, every)]
    return found + list(resting.order_by("figure__made_at")[:_RESTING_AT_ONCE])


def _is_due(search: Search, now: datetime, every: float) -> bool:
    figure: SearchFigure | None = getattr(search, "figure", None)
    if figure is None or figure.state != search.state:
        return True
    wait = max(every, figure.seconds / _SHARE)
    return now - figure.made_at >= timedelta(seconds=wait)


def refresh(search: Search, now: datetime) -> SearchFigure:
    """Count, and keep the figures."""
    began = time.perf_counter()
    bins = _bins(search)
    counts = _outcomes(search, bins)
    before = SearchFigure.objects.filter(pk=search.pk).first()
    left = _work_left(search, bins)
    tested = sum(each["tested"] for each in bins)
    data = {
        "bins": bins,
        "strips": strips(search),
        "stages": stages(search),
        "levels": levels.standing(search),
        "history": _history(before, [now.timestamp(), left, tested]),
        "left": left,
    }
    figure = SearchFigure(
        search=search,
        state=search.state,
        expected=sum(each["expected"] * each["left"] for each in bins),
        expected_tested=sum(each["expected"] * each["tested"] for each in bins),
        data=data,
        made_at=now,
        seconds=time.perf_counter() - began,
        **counts,
    )
    SearchFigure.objects.bulk_create(
        [figure],
        update_conflicts=True,
        unique_fields=["search"],
        update_fields=[
            each.name for each in SearchFigure._meta.fields if not each.primary_key
        ],
    )
    return figure


def _bins(search: Search) -> list[dict[str, Any]]:
    """The candidates by size. A bin: `low`, `high`, `mean` (bits), `states` (counts),
    `left` (by the sieve), `tested`, `primes`, and `expected`: the chance of each."""
    rows = (
        Candidate.objects.filter(search=search)
        .annotate(bin=F("bits") * BINS / (search.max_bits + 1))
        .values("bin", "state")
        .annotate(n=Count("id"), low=Min("bits"), high=Max("bits"), total=Sum("bits"))
        .order_by("bin", "state")
    )
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        one = found.setdefault(
            row["bin"], {"low": row["low"], "high": 0, "bits": 0, "states": {}}
        )
        one["low"] = min(one["low"], row["low"])
        one["high"] = max(one["high"], row["high"])
        one["bits"] += row["total"]
        one["states"][row["state"]] = row["n"]
    depth = max(search.sieve_limit, search.sieved_elsewhere)
    members = order_of(search).member_count
    return [_bin(one, depth, members) for one in found.values()]


def _bin(one: dict[str, Any], depth: int, members: int) -> dict[str, Any]:
    counts: dict[str, int] = one["states"]
    mean = one["bits"] // sum(counts.values())
    return {
        "low": one["low"],
        "high": one["high"],
        "mean": mean,
        "states": counts,
        "left": sum(n for state, n in counts.items() if state != "factored"),
        "tested": sum(counts.get(state, 0) for state in _TESTED),
        "primes": counts.get("prime", 0) + counts.get("probable", 0),
        "expected": chance(mean, depth) ** members,
    }


def _outcomes(search: Search, bins: list[dict[str, Any]]) -> dict[str, int]:
    """The counts of the funnel; all positions that are not settled are open."""
    removed = SievedSpan.objects.filter(search=search).aggregate(
        total=Coalesce(Sum("removed"), 0)
    )["total"]

    def total(state: str) -> int:
        return sum(each["states"].get(state, 0) for each in bins)

    counts = {
        "factored": removed + total("factored"),
        "composite": total("composite"),
        "primes": total("prime"),
        "probable": total("probable"),
        "disputed": total("disputed"),
    }
    return counts | {"open": search.candidate_count - sum(counts.values())}


def _work_left(search: Search, bins: list[dict[str, Any]]) -> float:
    """Seconds, by the model: tests of what is open, blocks of the earlier stages."""
    tests = sum(
        each["states"].get(state, 0) * estimates.model("prp", each["mean"])
        for each in bins
        for state in _OPEN
    )
    early = Block.objects.filter(
        search=search, stage__in=("sieve", "pm1"), state__in=states.UNFINISHED_BLOCK
    ).aggregate(total=Coalesce(Sum(F("estimate") * (1 - F("progress"))), 0.0))
    return float(tests + early["total"])


def _history(before: SearchFigure | None, point: list[float]) -> list[list[float]]:
    """Points (time, work left, tested), thinned so that they span the whole run."""
    points: list[list[float]] = list(before.data.get("history", [])) if before else []
    if points and point[0] - points[-1][0] < _APART:
        # The newest point moves until it is far enough from the one before.
        if len(points) > 1 and points[-1][0] - points[-2][0] < _APART:
            points.pop()
        elif len(points) == 1:
            return points
    points.append(point)
    return points[::2] if len(points) > _HISTORY else points
