"""The roll-ups: what pages show of the whole ledger, counted by the schedule.

No page counts rows: it reads these few. The counts of evidence are in `tallies`, those
of one search in `searches.figures`; here they are added up, and noted every hour, so
that the difference of two hours is what was done in between.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import redis
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from fleet import bell, tallies
from fleet.models import Figure, Hour
from searches import figures as of_search
from searches.clock import ledger_now
from searches.models import Block, Search, SearchFigure
from searches.states import STAGES

SITE = "site"
#: Hours are kept for so long.
KEPT = timedelta(days=400)
#: Seconds between two counts of one search that runs, at least.
_EVERY = 10.0


def refresh(now: datetime | None = None) -> None:
    """Count what is due, add up, note the hour."""
    now = now or ledger_now()
    tallies.refresh(now)
    for search in of_search.due(now, _EVERY):
        of_search.refresh(search, now)
    data = _site()
    tallies.keep(SITE, data, now, 0.0)
    _note_hour(data, now)


def site() -> dict[str, Any]:
    """The newest sums; see `_site`."""
    figure = Figure.objects.filter(name=SITE).first()
    return figure.data if figure else _EMPTY


_EMPTY: dict[str, Any] = {
    "tests": 0,
    "primes": 0,
    "settled": 0,
    "open": 0,
    "searches": {},
    "forms": {},
}


def _site() -> dict[str, Any]:
    """tests (residues), primes, settled candidates and the open ones of what runs,
    searches by state, ready blocks by queue (waiting), dead blocks (quarantined), and
    by form: searches, settled, open, primes proven, found and expected ones among the
    tested."""
    counts = tallies.read("residues", "primes")
    by_state = Search.objects.values_list("state").annotate(Count("id")).order_by()
    sums = (
        SearchFigure.objects.values(form=F("search__form"))
        .annotate(
            searches=Count("search"),
            done=Sum(F("factored") + F("composite") + F("primes")),
            open=Coalesce(Sum("open", filter=Q(state="running")), 0),
            found=Sum(F("primes") + F("probable")),
            expected=Sum("expected_tested"),
        )
        .order_by()
    )
    forms: dict[str, dict[str, Any]] = {
        row["form"]: {
            "searches": row["searches"],
            "settled": row["done"],
            "open": row["open"],
            "found": row["found"],
            "expected": row["expected"],
        }
        for row in sums
    }
    for (form,), number in counts["primes"].items():
        forms.setdefault(form, {"searches": 0, "settled": 0, "open": 0})
        forms[form]["primes"] = number
    return {
        "tests": sum(counts["residues"].values()),
        "primes": sum(counts["primes"].values()),
        "settled": sum(row["settled"] for row in forms.values()),
        "open": sum(row["open"] for row in forms.values()),
        "searches": dict(by_state),
        "waiting": _waiting(),
        "quarantined": Block.objects.filter(
            state="quarantined", stage__in=STAGES, search__state="running"
        ).count(),
        "forms": forms,
    }


def _waiting() -> dict[str, int]:
    rows = Block.objects.filter(state="ready", search__state="running")
    return dict(rows.values_list("queue").annotate(Count("id")).order_by("queue"))


def _note_hour(data: dict[str, Any], now: datetime) -> None:
    workers, slots = _crew()
    start = now.replace(minute=0, second=0, microsecond=0)
    row = Hour(
        start=start,
        tests=data["tests"],
        settled=data["settled"],
        primes=data["primes"],
        workers=workers,
        slots=slots,
    )
    Hour.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["start"],
        update_fields=["tests", "settled", "primes", "workers", "slots"],
    )
    Hour.objects.filter(start__lt=now - KEPT).delete()


def _crew() -> tuple[int, int]:
    """Live workers and their slots; a bell that is away counts as none."""
    try:
        present = bell.present()
    except (redis.RedisError, OSError):
        return 0, 0
    return len(present), sum(int(each.slots or 0) for each in present)
