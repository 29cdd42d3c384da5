"""Counts over the tables of evidence, kept up to date by reading only what is new.

Rows of these tables are added and never changed, and their ids grow. A transaction may
be given its ids and commit a little later, so a round counts up to the highest id that
the round before saw. What commits later still is made good by a count from the start,
once a day.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Max, Model, Value, When

from fleet.models import Figure
from searches.models import Factor
from verification.models import Certificate, CertificateCheck, Prime, Residue

_ERRORS = Case(When(errors={}, then=Value("no")), default=Value("yes"))


@dataclass(frozen=True)
class Tally:
    """A table and the fields by whose values its rows are counted."""

    table: type[Model]
    fields: tuple[str, ...]


TALLIES = {
    "residues": Tally(Residue, ("role", "verdict", "corrected")),
    "factors": Tally(Factor, ("stage",)),
    "certificates": Tally(Certificate, ("kind",)),
    "checks": Tally(CertificateCheck, ("valid",)),
    "primes": Tally(Prime, ("form",)),
}


def refresh(now: datetime) -> None:
    """Bring all counts up to what the last round saw."""
    for name in TALLIES:
        _refresh(name, now)


def read(*names: str) -> dict[str, dict[tuple[str, ...], int]]:
    """The counts by name and values; nothing for a table that was never counted."""
    wanted = {f"tally:{name}": name for name in names}
    found: dict[str, dict[tuple[str, ...], int]] = {name: {} for name in names}
    for figure in Figure.objects.filter(name__in=wanted):
        counts = figure.data["counts"]
        found[wanted[figure.name]] = {tuple(values): n for *values, n in counts}
    return found


def _refresh(name: str, now: datetime) -> None:
    began = time.perf_counter()
    tally = TALLIES[name]
    figure = Figure.objects.filter(name=f"tally:{name}").first()
    data = figure.data if figure else {}
    day = now.date().isoformat()
    highest = tally.table._default_manager.aggregate(Max("pk"))["pk__max"] or 0
    if data.get("day") == day:
        low, high, counts = data["until"], data["seen"], _counter(data)
    else:
        low, high, counts = 0, data.get("seen", highest), Counter()
    if high > low:
        counts.update(_count(tally, low, high))
    data = {
        "day": day,
        "until": high,
        "seen": highest,
        "counts": sorted([*values, n] for values, n in counts.items()),
    }
    keep(f"tally:{name}", data, now, time.perf_counter() - began)


def _counter(data: dict[str, Any]) -> Counter[tuple[str, ...]]:
    return Counter({tuple(values): n for *values, n in data["counts"]})


def _count(tally: Tally, low: int, high: int) -> dict[tuple[str, ...], int]:
    rows = tally.table._default_manager.filter(pk__gt=low, pk__lte=high)
    if "corrected" in tally.fields:
        rows = rows.annotate(corrected=_ERRORS)
    grouped = rows.values_list(*tally.fields).annotate(Count("pk")).order_by()
    return {tuple(str(value) for value in values): n for *values, n in grouped}


def keep(name: str, data: dict[str, Any], now: datetime, seconds: float) -> None:
    """Store a figure under its name."""
    Figure.objects.bulk_create(
        [Figure(name=name, data=data, made_at=now, seconds=seconds)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["data", "made_at", "seconds"],
    )
