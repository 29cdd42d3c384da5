"""Second copies of blocks that hold up the end of a search.

When a search has no ready block left on a queue, and somebody there is idle, a block
that takes far longer than it should is offered once more. The first result counts, the
other worker is told to stop; if its result comes all the same, it is evidence.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import redis
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from fleet import bell
from fleet.models import Lease
from fleet.roster import Present
from searches.clock import ledger_now
from searches.models import Block

#: A block is late after so many times its estimate, and so many seconds.
LATE, _LEAST = 2.0, 30.0
#: Copies that one look makes.
_MOST = 20


def copy_late(now: datetime | None = None) -> list[int]:
    """Offer late blocks once more; returns the copies, none while the bell is away."""
    try:
        fleet = bell.present()
    except redis.RedisError:
        return []
    now = now or ledger_now()
    idle = idle_slots(fleet)
    copies = []
    for block in _late(now, sorted(idle))[:_MOST]:
        hands = idle[block.queue]
        free = [worker for worker in hands if worker != block.worker_id]
        if not free:
            continue
        made = _copy(block, now)
        if made is not None:
            hands.remove(free[0])
            copies.append(made)
    if copies:
        bell.ring_for()
    return copies


def idle_slots(fleet: Iterable[Present]) -> dict[str, list[str]]:
    """By queue: the live workers with nothing to do, once for each free slot."""
    idle: dict[str, list[str]] = {}
    for worker in fleet:
        free = int(worker.slots) - int(worker.busy)
        if worker.state not in ("paused", "unfit") and free > 0:
            for queue in worker.queues.split(","):
                idle.setdefault(queue, []).extend([worker.worker] * free)
    return idle


def _late(now: datetime, queues: list[str]) -> list[Block]:
    """The blocks worth a second copy, those that take longest first."""
    granted = Lease.objects.filter(pk=OuterRef("lease_id")).values("granted_at")
    others = Block.objects.filter(
        search=OuterRef("search"), queue=OuterRef("queue"), state="ready"
    )
    copies = Block.objects.filter(copy_of=OuterRef("pk"))
    rows: QuerySet[Block] = (
        Block.objects.filter(state="leased", purpose="first", search__state="running")
        .filter(queue__in=queues)
        .filter(~Exists(others), ~Exists(copies))
        .annotate(granted_at=Subquery(granted))
        .exclude(granted_at=None)
        .order_by(F("granted_at"))
    )
    return [block for block in rows if is_late(block, now)]


def is_late(block: Block, now: datetime) -> bool:
    """Far over its estimate, and slower to end than another would be from the start."""
    granted_at: datetime = block.granted_at  # type: ignore[attr-defined]
    spent = (now - granted_at).total_seconds()
    if spent < max(LATE * block.estimate, _LEAST):
        return False
    left = spent * (1 - block.progress) / max(block.progress, 1e-3)
    return left > block.estimate


def _copy(block: Block, now: datetime) -> int | None:
    """None: somebody else made a copy in this very moment."""
    try:
        with transaction.atomic():
            made = Block.objects.create(
                search=block.search,
                stage=block.stage,
                purpose="copy",
                copy_of=block,
                queue=block.queue,
                urgency=block.urgency,
                first=block.first,
                count=block.count,
                p_min=block.p_min,
                p_max=block.p_max,
                estimate=block.estimate,
                created_at=now,
            )
    except IntegrityError:
        return None
    return made.pk
