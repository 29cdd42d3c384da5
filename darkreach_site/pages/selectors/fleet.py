"""Who works at the moment, by the bell, and how fast, by the ledger.

Hosts are counted, not named: whose machines work here is nobody's business.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import redis
from django.db.models import Count

from darkreach_site.pages.selectors.memory import remembered
from fleet import bell
from fleet.models import Lease, Speed
from fleet.roster import Present, total
from searches.clock import ledger_now
from searches.models import Block

#: Upper ends of the ages of leases, seconds.
AGES = ((60, "under 1 min"), (600, "1 to 10 min"), (3600, "10 to 60 min"))
_OLDER = "over 1 h"


@dataclass(frozen=True)
class Group:
    """Live workers of one hardware class and version."""

    hardware_class: str
    version: str
    workers: int
    slots: int
    busy: int


@dataclass(frozen=True)
class Crew:
    """Workers that were heard lately, and how many blocks they can do at once.

    `known` is False when the bell does not answer.
    """

    known: bool
    hosts: int = 0
    workers: int = 0
    slots: int = 0
    busy: int = 0
    groups: list[Group] = field(default_factory=list)


@remembered(seconds=5)
def crew() -> Crew:
    """A frozen bell makes one request in five seconds wait, and only for a second."""
    try:
        workers = bell.present()
    except (redis.RedisError, OSError):
        return Crew(known=False)
    return Crew(
        known=True,
        hosts=len({worker.hostname for worker in workers}),
        workers=len(workers),
        slots=total(workers, "slots"),
        busy=total(workers, "busy"),
        groups=_groups(workers),
    )


def _groups(workers: list[Present]) -> list[Group]:
    groups: dict[tuple[str, str], list[Present]] = {}
    for worker in workers:
        key = (worker.hardware_class, worker.version)
        groups.setdefault(key, []).append(worker)
    return [
        Group(*key, len(some), total(some, "slots"), total(some, "busy"))
        for key, some in sorted(groups.items())
    ]


@dataclass(frozen=True)
class Leases:
    """What is computed now, by stage and by the age of its lease, and how many leases
    were taken back in a day."""

    stages: dict[str, int]
    ages: dict[str, int]
    reclaimed: int


def leases() -> Leases:
    """Three queries over partial indexes."""
    now = ledger_now()
    running = Block.objects.filter(state="leased").values_list("stage")
    since = Lease.objects.filter(ended_at__isnull=True).values_list("granted_at")
    ages = Counter(_age((now - granted).total_seconds()) for (granted,) in since)
    names = [*(name for _, name in AGES), _OLDER]
    return Leases(
        stages=dict(running.annotate(Count("id")).order_by("stage")),
        ages={name: ages[name] for name in names},
        reclaimed=Lease.objects.filter(
            ending="reclaimed", ended_at__gte=now - timedelta(days=1)
        ).count(),
    )


def _age(seconds: float) -> str:
    return next((name for end, name in AGES if seconds < end), _OLDER)


@dataclass(frozen=True)
class Measured:
    """Seconds per candidate of one stage and size on one class of hardware."""

    stage: str
    form: str
    hardware_class: str
    digits: int
    seconds: float
    samples: int


def speeds() -> list[Measured]:
    """All measured speeds; sizes are the middles of their classes."""
    rows = Speed.objects.exclude(stage="sieve").order_by(
        "stage", "form", "hardware_class", "size_class"
    )
    return [
        Measured(
            stage=row.stage,
            form=row.form,
            hardware_class=row.hardware_class,
            digits=round(2 ** (row.size_class / 2) * 0.30103),
            seconds=row.seconds,
            samples=row.samples,
        )
        for row in rows
    ]
