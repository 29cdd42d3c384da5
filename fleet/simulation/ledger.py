"""The ledger of a simulation: one search, its blocks, and the statements of workers.

Claims, reclaims, releases and failures are those of `fleet.leases`; renewals and the
closing of blocks are the same statements without the rest of a submit, because there
is no result. The blocks stand for tests that nobody computes: nothing is verified here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from psycopg2.extras import execute_batch

from fleet import statements
from fleet.leases import Grant
from fleet.models import Worker
from fleet.simulation.hosts import Host
from searches.models import Block, Search

QUEUE = "prp"
TITLE = "a simulation"
_START = datetime(2026, 1, 1, tzinfo=UTC)


def moment(seconds: float) -> datetime:
    """The ledger's time so many seconds after the beginning."""
    return _START + timedelta(seconds=seconds)


def place_blocks(count: int, target: float) -> None:
    """One search with so many ready blocks of this many seconds."""
    search = Search.objects.create(
        title=TITLE,
        key="simulation",
        spec={},
        size=count,
        sieve_limit=2,
        max_bits=1,
        created_at=_START,
    )
    blocks = (
        Block(
            search=search,
            stage="prp",
            queue=QUEUE,
            urgency=2,
            count=1,
            estimate=target,
            created_at=_START,
        )
        for _ in range(count)
    )
    Block.objects.bulk_create(blocks, batch_size=2000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def register(host: Host, now: float) -> None:
    """A worker of this host starts."""
    Worker.objects.create(
        id=host.worker,
        hostname=host.name,
        pid=1,
        queues=[QUEUE],
        started_at=moment(now),
        seen_at=moment(now),
    )


@cache
def _adapted(second: int) -> Any:
    """A moment as the ledger wants it; the same ones are asked for again and again."""
    return connection.ops.adapt_datetimefield_value(moment(second))


def renew_all(held: Sequence[tuple[Grant, float, float]], now: float) -> None:
    """Prolong many leases at once; each with its progress and its estimate."""
    expires = _adapted(round(now + settings.LEASE_TTL))
    floor = settings.PROGRESS_DEADLINE_FLOOR
    values = [
        {
            **grant.fence(),
            "progress": progress,
            "current": "",
            "expires": expires,
            "stalls_at": _adapted(round(now + max(floor, 3 * estimate))),
        }
        for grant, progress, estimate in held
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            execute_batch(cursor.cursor, statements.text("renew"), values, 500)
        else:
            cursor.executemany(statements.text("renew"), values)


@transaction.atomic
def close(grant: Grant, seconds: float, now: float) -> bool:
    """A block is done. False: the lease had been lost, the work counts for nothing."""
    with connection.cursor() as cursor:
        fenced = statements.run(
            cursor, "close", **grant.fence(), now=moment(now), seconds=seconds
        )
        if fenced == 1:
            statements.run(
                cursor,
                "end_lease",
                lease=grant.lease,
                ending="submitted",
                now=moment(now),
            )
    return fenced == 1


def quarantined() -> int:
    """Blocks that were lost three times."""
    return Block.objects.filter(state="quarantined").count()
