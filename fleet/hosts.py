"""Hosts as an operator sees them: what lives there now, what they did lately.

Live state comes from the bell, what a host is made of and did from the ledger. A host
is a name; workers come and go on it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from fleet.models import Command, Host, Lease, Worker
from fleet.roster import Present
from searches.clock import ledger_now
from verification import standings
from verification.standings import Report

#: Hosts that were heard of within this time are listed.
LISTED = timedelta(days=7)
HOURS = 24
_NEWEST = 20


@dataclass
class Row:
    """One host in the list."""

    name: str
    present: list[Present] = field(default_factory=list)
    newest: Worker | None = None
    #: What repeated tests say about it.
    trust: Report | None = None
    enrolled: Host | None = None

    @property
    def state(self) -> str:
        """unfit, works, paused or idle while one of its workers lives, else away."""
        states = {worker.state for worker in self.present}
        order = ("unfit", "works", "paused", "idle")
        return next((state for state in order if state in states), "away")

    @property
    def slots(self) -> int:
        return sum(int(worker.slots or 0) for worker in self.present)

    @property
    def busy(self) -> int:
        return sum(int(worker.busy or 0) for worker in self.present)

    @property
    def hardware(self) -> dict[str, Any]:
        """As its newest worker described it."""
        return self.newest.hardware if self.newest else {}

    @property
    def microseconds(self) -> float | None:
        """Of one squaring, measured at its first start."""
        found: float | None = self.hardware.get("speed", {}).get("us_per_squaring")
        return found


def rows(fleet: Iterable[Present], now: datetime | None = None) -> list[Row]:
    """The hosts that live now or were heard of in a week, by name."""
    since = (now or ledger_now()) - LISTED
    found: dict[str, Row] = {}
    for worker in Worker.objects.filter(pk__in=_newest(since)):
        found.setdefault(worker.hostname, Row(worker.hostname)).newest = worker
    for present in fleet:
        row = found.setdefault(present.hostname, Row(present.hostname))
        row.present.append(present)
    for host in Host.objects.filter(revoked_at=None):
        found.setdefault(host.name, Row(host.name)).enrolled = host
    known = {report.host: report for report in standings.every(now or ledger_now())}
    for row in found.values():
        row.trust = known.get(row.name)
    return sorted(found.values(), key=lambda row: row.name)


def _newest(since: datetime) -> list[str]:
    """The newest worker of each host, one that computes before a coordinator."""
    computing: dict[str, str] = {}
    keeping_house: dict[str, str] = {}
    workers = Worker.objects.filter(seen_at__gte=since).order_by("-started_at")
    for pk, name, queues in workers.values_list("id", "hostname", "queues"):
        chosen = keeping_house if queues == ["coordinator"] else computing
        chosen.setdefault(name, pk)
    return list({**keeping_house, **computing}.values())


@dataclass(frozen=True)
class Hour:
    """The blocks that a host handed in within an hour, and the seconds they took."""

    start: datetime
    blocks: int
    seconds: float


@dataclass(frozen=True)
class Detail:
    """Everything about one host."""

    row: Row
    workers: list[Worker]
    #: How its leases of a day ended.
    endings: dict[str, int]
    hours: list[Hour]
    commands: QuerySet[Command]


def detail(
    name: str, fleet: Iterable[Present], now: datetime | None = None
) -> Detail | None:
    """One host; None if nobody ever heard of it."""
    now = now or ledger_now()
    workers = list(Worker.objects.filter(hostname=name).order_by("-started_at")[:50])
    enrolled = Host.objects.filter(name=name).first()
    if not workers and enrolled is None:
        return None
    computing = [worker for worker in workers if worker.queues != ["coordinator"]]
    newest = next(iter(computing or workers), None)
    present = [worker for worker in fleet if worker.hostname == name]
    lately = Lease.objects.filter(
        worker__in=[worker.pk for worker in workers],
        granted_at__gte=now - timedelta(hours=HOURS + 1),
        ended_at__isnull=False,
    )
    ended = list(lately.values_list("ended_at", "ending", "block__seconds"))
    given = Command.objects.filter(worker__hostname=name).select_related("worker")
    return Detail(
        row=Row(name, present, newest, standings.of(name, now), enrolled),
        workers=workers[:_NEWEST],
        endings=dict(Counter(ending for _, ending, _ in ended).most_common()),
        hours=_hours(ended, now),
        commands=given.order_by("-id")[:_NEWEST],
    )


def _hours(ended: list[Any], now: datetime) -> list[Hour]:
    last = now.replace(minute=0, second=0, microsecond=0)
    starts = [last - timedelta(hours=back) for back in range(HOURS - 1, -1, -1)]
    blocks: Counter[datetime] = Counter()
    seconds: dict[datetime, float] = defaultdict(float)
    for at, ending, spent in ended:
        if ending == "submitted":
            start = at.replace(minute=0, second=0, microsecond=0)
            blocks[start] += 1
            seconds[start] += spent
    return [Hour(start, blocks[start], seconds[start]) for start in starts]
