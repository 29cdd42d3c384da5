"""The invariants of the leases, as questions to the live ledger (I6, I9, I10)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import redis
from django.conf import settings
from django.db.models import Count, Exists, F, Max, OuterRef, Q

from fleet import bell
from fleet.models import Lease
from searches.clock import ledger_now
from searches.models import Block
from verification.models import Residue

# Seconds that I10 allows beyond the lease's ttl and the next reclaim.
_GRACE = 60


def fence() -> Iterator[str]:
    """I6: nothing was changed by a stale lease; epochs only grow."""
    granted = Block.objects.annotate(
        newest=Max("leases__epoch"), granted=Count("leases")
    ).filter(epoch__gt=0)
    for block in granted.filter(~Q(newest=F("epoch")) | ~Q(granted=F("epoch"))):
        yield (
            f"block {block.pk}: epoch {block.epoch}, {block.granted} leases, "
            f"newest {block.newest}"
        )
    later = Lease.objects.filter(
        block=OuterRef("block"),
        epoch__gt=OuterRef("epoch"),
        granted_at__lt=OuterRef("granted_at"),
    )
    for lease in Lease.objects.filter(Exists(later)):
        yield f"block {lease.block_id}: epoch {lease.epoch} came after a later one"
    submits = Count("leases", filter=Q(leases__ending="submitted"))
    done = Block.objects.filter(state="done").annotate(submits=submits)
    for pk, count in done.exclude(submits=1).values_list("pk", "submits"):
        yield f"block {pk} is done by {count} submits"
    submitted = Lease.objects.filter(
        block=OuterRef("block"),
        epoch=OuterRef("epoch"),
        worker=OuterRef("worker"),
        ending="submitted",
    )
    for residue in Residue.objects.filter(role="accepted").exclude(Exists(submitted)):
        yield f"the residue of {residue.expression} was accepted from a stale lease"


def one_lease() -> Iterator[str]:
    """I9: a leased block has exactly one live lease, and no other block has any."""
    live = Lease.objects.filter(
        block=OuterRef("pk"),
        id=OuterRef("lease_id"),
        epoch=OuterRef("epoch"),
        ended_at__isnull=True,
    )
    for block in Block.objects.filter(state="leased").exclude(Exists(live)):
        yield f"block {block.pk} is leased without a live lease"
    holder = Block.objects.filter(
        pk=OuterRef("block"), lease_id=OuterRef("id"), state="leased"
    )
    old = ledger_now() - timedelta(seconds=3 * settings.RECLAIM_EVERY)
    leases = Lease.objects.filter(ended_at__isnull=True, granted_at__lt=old)
    for lease in leases.exclude(Exists(holder)).exclude(block__state="cancelled"):
        yield f"lease {lease.id} lives, but block {lease.block_id} is not leased by it"


def moving() -> Iterator[str]:
    """I10: with work and a worker for it, something has moved lately."""
    limit = settings.LEASE_TTL + settings.RECLAIM_EVERY + _GRACE
    since = ledger_now() - timedelta(seconds=limit)
    waiting = Block.objects.filter(
        state="ready", search__state="running", created_at__lt=since
    )
    queues = set(waiting.values_list("queue", flat=True).distinct())
    try:
        served = set(bell.live_slots(bell.live_workers()))
    except redis.RedisError:
        return  # without the bell no worker is known to be alive
    moved = Lease.objects.filter(Q(granted_at__gte=since) | Q(ended_at__gte=since))
    renewed = Block.objects.filter(state="leased", lease_expires__gte=since)
    if queues & served and not moved.exists() and not renewed.exists():
        yield f"blocks wait on {sorted(queues & served)}, workers live, nothing moves"


CHECKS = {"I6 fence": fence, "I9 lease": one_lease, "I10 live": moving}
