"""The audit as a whole: all questions to one moment of the ledger, and its last
answers for those who look."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from fleet import audit as leases
from fleet import tallies
from fleet.models import Figure
from searches.clock import ledger_now
from verification import audit as evidence

_NAME = "audit"
#: Violations of one invariant that are kept for the operator; the rest is counted.
KEPT = 20


@dataclass(frozen=True)
class Last:
    """The last audit of the schedule. broken: violations by invariant, 0 included."""

    made_at: datetime
    seconds: float
    broken: dict[str, int]

    @property
    def clean(self) -> bool:
        return not any(self.broken.values())


@transaction.atomic
def audit() -> dict[str, list[str]]:
    """The violations of every invariant, in order of their numbers."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    checks = {**evidence.CHECKS, **leases.CHECKS}
    names = sorted(checks, key=lambda name: int(name[1:].split()[0]))
    return {name: list(checks[name]()) for name in names}


def run_and_keep() -> None:
    """What the schedule does."""
    begin = time.monotonic()
    found = audit()
    data = {
        "broken": {name: len(lines) for name, lines in found.items()},
        "lines": {name: lines[:KEPT] for name, lines in found.items() if lines},
    }
    tallies.keep(_NAME, data, ledger_now(), time.monotonic() - begin)


def last() -> Last | None:
    """The answers of the last one."""
    figure = Figure.objects.filter(name=_NAME).first()
    if figure is None:
        return None
    return Last(figure.made_at, figure.seconds, figure.data["broken"])
