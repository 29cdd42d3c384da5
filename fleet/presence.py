"""Who was alive when, copied from the bell to the ledger in one statement."""

from __future__ import annotations

from datetime import datetime

from fleet import bell, identity
from fleet.models import Worker
from searches.clock import ledger_now


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
