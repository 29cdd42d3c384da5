"""Who was alive when, copied from the bell to the ledger in one statement; and what
follows from that."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from fleet import bell, identity
from fleet.models import Worker
from searches import states
from searches.clock import ledger_now
from verification import standings
from verification.standings import Report

log = logging.getLogger(__name__)
_told = ""

#: A worker that was heard of within this time, and did not say farewell, may be counted
#: on: a test is not repeated by its own host while another could do it.
COUNTED_ON = timedelta(minutes=10)


def record(now: datetime | None = None) -> int:
    """Store the workers that live now; returns how many there are.

    Raises redis.RedisError when the bell is away. A missing heartbeat never takes a
    block from anyone: that is the lease's business.
    """
    live = bell.live_workers()
    if live:
        now = now or ledger_now()
        Worker.objects.bulk_create(
            [identity.row_of(description, now) for description in live],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["seen_at"],
        )
    return len(live)


def all_refused(now: datetime) -> list[Report]:
    """The hosts that are there to compute, if every one of them is in quarantine."""
    there = Worker.objects.filter(stopped_at=None, seen_at__gt=now - COUNTED_ON)
    hosts = {
        host
        for host, queues in there.values_list("hostname", "queues")
        if any(queue.split(".")[0] in states.STAGES for queue in queues)
    }
    found = [standings.of(host, now) for host in sorted(hosts)]
    return found if all(row.level == "quarantine" for row in found) else []


def tell_refusal() -> None:
    """Say once in the log of a host in quarantine why it gets no work."""
    global _told
    report = standings.of(identity.current().hostname, ledger_now())
    words = report.words if report.level == "quarantine" else ""
    if words and words != _told:
        log.error(
            "this host is %s; `manage.py reliability --pardon %s` lifts it",
            *(words, report.host),
        )
    _told = words
