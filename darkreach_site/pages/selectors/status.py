"""Does every part do its work: in a few queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Max

from fleet import auditing, figures, schedule
from fleet.models import Tick
from searches.clock import ledger_now


@dataclass(frozen=True)
class Task:
    """A task of the schedule: its last run, and whether it is on time."""

    name: str
    every: float
    last: datetime | None
    healthy: bool


@dataclass(frozen=True)
class Status:
    """What the ledger says. waiting: ready blocks by queue."""

    now: datetime
    tasks: list[Task]
    waiting: dict[str, int]
    quarantined: int
    #: The last audit; None before the first.
    audit: auditing.Last | None

    @property
    def healthy(self) -> bool:
        clean = self.audit is None or self.audit.clean
        return clean and all(task.healthy for task in self.tasks)

    @property
    def on_time(self) -> bool:
        return all(task.healthy for task in self.tasks)


def status() -> Status:
    """A few queries and the clock."""
    now = ledger_now()
    last = dict(Tick.objects.values_list("task").annotate(Max("started_at")).order_by())
    began = schedule.first_run()
    site = figures.site()
    return Status(
        now=now,
        tasks=[
            Task(
                name, s, last.get(name), schedule.on_time(last.get(name), began, s, now)
            )
            for name, s in settings.SCHEDULE.items()
        ],
        waiting=site.get("waiting", {}),
        quarantined=site.get("quarantined", 0),
        audit=auditing.last(),
    )
