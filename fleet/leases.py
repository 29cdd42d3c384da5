"""The right to work: claim, renew, checkpoint, release, fail, reclaim.

Times are by the ledger's clock; every function takes `now` so that tests and
simulations can bring their own. What a submit does is in `fleet.submit`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from fleet import bell
from fleet.metrics import gathered
from fleet.models import Checkpoint
from fleet.presence import COUNTED_ON
from fleet.statements import FEW_BLOCKS, run
from searches import outbox
from searches.clock import ledger_now
from searches.models import Block

# Verifications at the same time, so that housekeeping always finds a free slot.
_COORDINATOR_LEASES = 1


@dataclass(frozen=True)
class Grant:
    """A lease as the worker holds it."""

    lease: str
    block: int
    epoch: int
    worker: str

    def fence(self) -> dict[str, Any]:
        """What every write under this lease names."""
        return {"lease": self.lease, "block": self.block, "epoch": self.epoch}


def claim(
    worker: str,
    queue: str,
    limit: int = 1,
    now: datetime | None = None,
    refused: Sequence[int] = (),
    unsuitable: Sequence[int] = (),
) -> list[Grant]:
    """Lease up to `limit` of the best ready blocks of a queue; [] if there are none.

    refused: blocks that are to go to another worker; unsuitable: such searches.
    """
    grants = _claim(worker, queue, limit, now, refused, unsuitable)
    if not grants and reclaim(now):
        grants = _claim(worker, queue, limit, now, refused, unsuitable)
    return grants


def others_wait(queue: str) -> bool:
    """Is there a ready block on a queue, for whomever?"""
    ready = Block.objects.filter(state="ready", queue=queue, search__state="running")
    return ready.exists()


@transaction.atomic
def _claim(
    worker: str,
    queue: str,
    limit: int,
    now: datetime | None,
    refused: Sequence[int],
    unsuitable: Sequence[int],
) -> list[Grant]:
    now = now or ledger_now()
    if queue == "coordinator":
        busy = Block.objects.filter(queue=queue, state="leased").count()
        limit = min(limit, _COORDINATOR_LEASES - busy)
    grants: list[Grant] = []
    with connection.cursor() as cursor:
        run(
            cursor,
            "searches_with_work",
            queue=queue,
            now=now,
            aging=settings.PRIORITY_AGING,
            unsuitable=list(unsuitable),
        )
        for search, served_at, ready in cursor.fetchall():
            if len(grants) >= limit:
                break
            before = len(grants)
            run(
                cursor,
                "claim" if ready > FEW_BLOCKS else "claim_longest",
                queue=queue,
                search=search,
                worker=worker,
                limit=limit - len(grants),
                refused=list(refused),
                now=now,
                alive=now - COUNTED_ON,
                expires=now + timedelta(seconds=settings.LEASE_TTL),
            )
            grants += [Grant(lease, b, e, worker) for b, lease, e in cursor.fetchall()]
            if len(grants) > before and _turn_is_old(served_at, now):
                run(cursor, "note_turn", search=search, queue=queue, now=now)
        if grants and connection.vendor == "sqlite":
            taken = [grant.block for grant in grants]
            run(cursor, "record_leases", blocks=taken, now=now)
    return grants


def _turn_is_old(served_at: datetime | None, now: datetime) -> bool:
    """Noted every few seconds only: claims must not queue for one row."""
    if served_at is None:
        return True
    if served_at.tzinfo is None:  # SQLite keeps UTC without saying so
        served_at = served_at.replace(tzinfo=UTC)
    return (now - served_at).total_seconds() > settings.PRIORITY_AGING / 6


def renew(
    grant: Grant,
    progress: float = 0.0,
    current: str = "",
    estimate: float = 0.0,
    now: datetime | None = None,
) -> bool:
    """Prolong the lease by its ttl. False: it is gone, stop working on the block.

    progress: 0 to 1; without any for max(120 s, 3 estimates) the lease is lost.
    """
    now = now or ledger_now()
    patience = max(settings.PROGRESS_DEADLINE_FLOOR, 3 * estimate)
    with connection.cursor() as cursor:
        return (
            run(
                cursor,
                "renew",
                **grant.fence(),
                progress=min(max(progress, 0.0), 1.0),
                current=current[:200],
                expires=now + timedelta(seconds=settings.LEASE_TTL),
                stalls_at=now + timedelta(seconds=patience),
            )
            == 1
        )


def save_checkpoint(
    grant: Grant, task: dict[str, Any], data: bytes, now: datetime | None = None
) -> bool:
    """Keep the state for whoever gets the block next. False: the lease is gone."""
    now = now or ledger_now()
    with transaction.atomic(), connection.cursor() as cursor:
        return (
            run(
                cursor,
                "save_checkpoint",
                **grant.fence(),
                task=json.dumps(task),
                data=data,
                now=now,
            )
            == 1
        )


def load_checkpoint(block_id: int) -> tuple[dict[str, Any], bytes] | None:
    """The newest task and state of a block, if an earlier lease left one."""
    row = Checkpoint.objects.filter(pk=block_id).first()
    return None if row is None else (row.task, bytes(row.data))


def drop_checkpoint(block_id: int) -> None:
    """Forget a state that cannot be read."""
    Checkpoint.objects.filter(pk=block_id).delete()


@transaction.atomic
def release(grant: Grant, now: datetime | None = None) -> bool:
    """Give the block back in good order. False: the lease was gone already."""
    now = now or ledger_now()
    with connection.cursor() as cursor:
        if not run(cursor, "release", **grant.fence()):
            return False
        run(cursor, "end_lease", lease=grant.lease, ending="released", now=now)
    return True


@transaction.atomic
def fail(
    grant: Grant, reason: str, ending: str = "released", now: datetime | None = None
) -> bool:
    """Give the block back as one that could not be done; the third time quarantines."""
    now = now or ledger_now()
    with connection.cursor() as cursor:
        run(cursor, "fail", **grant.fence(), most=settings.RECLAIMS_TO_QUARANTINE)
        row = cursor.fetchone()
        if row is None:
            return False
        run(cursor, "end_lease", lease=grant.lease, ending=ending, now=now)
    state, search = row
    if state == "quarantined":
        _tell_of_quarantine(grant.block, search, reason, now)
    return True


@transaction.atomic
def reclaim(now: datetime | None = None) -> list[int]:
    """Take back lost leases; returns their blocks. The third time quarantines."""
    now = now or ledger_now()
    with connection.cursor() as cursor:
        run(cursor, "reclaim", now=now, most=settings.RECLAIMS_TO_QUARANTINE)
        rows = cursor.fetchall()
    end_lost(now)
    if rows:
        gathered.count("reclaims", by=len(rows))
    for block, state, search in rows:
        if state == "quarantined":
            _tell_of_quarantine(block, search, "lost three times", now)
    return [block for block, _, _ in rows]


def _tell_of_quarantine(block: int, search: int, reason: str, now: datetime) -> None:
    outbox.record("block.quarantined", block, now, search=search, reason=reason)


def end_lost(now: datetime | None = None) -> int:
    """Close the leases whose block went on without them, and tell their workers.

    Returns how many; what they compute is of no use any more.
    """
    now = now or ledger_now()
    with connection.cursor() as cursor:
        run(cursor, "end_lost_leases", now=now)
        workers = [worker for (worker,) in cursor.fetchall()]
    if workers:
        transaction.on_commit(lambda: bell.look(workers), robust=True)
    return len(workers)
