"""Leases: one worker per block, fenced by lease id and epoch, by the ledger's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fleet import leases
from fleet.leases import Grant
from fleet.models import Lease, Worker
from searches import control
from searches.models import Block, OutboxEvent, Search
from tests.hunts import placed

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def seconds(count: float) -> datetime:
    return NOON + timedelta(seconds=count)


@pytest.fixture
def workers() -> list[str]:
    for name in ("a" * 32, "b" * 32):
        Worker.objects.create(
            id=name, hostname=name[0], pid=1, started_at=NOON, seen_at=NOON
        )
    return ["a" * 32, "b" * 32]


@pytest.fixture
def search() -> Search:
    return placed("3*2^n+1", n="1:100")


def take(worker: str, now: datetime = NOON) -> Grant:
    (grant,) = leases.claim(worker, "sieve", now=now)
    return grant


def test_a_block_goes_to_one_worker_only(search: Search, workers: list[str]) -> None:
    take(workers[0])
    assert leases.claim(workers[1], "sieve", now=NOON) == []


def test_a_worker_gets_work_of_its_queue_only(
    search: Search, workers: list[str]
) -> None:
    assert leases.claim(workers[0], "prp", now=NOON) == []
    assert leases.claim(workers[0], "sieve.gpu", now=NOON) == []
    assert len(leases.claim(workers[0], "sieve", now=NOON)) == 1


def test_a_higher_priority_is_served_first(search: Search, workers: list[str]) -> None:
    urgent = placed("5*2^n+1", n="1:100")
    control.set_priority(urgent.pk, 8)
    grant = take(workers[0])
    assert Block.objects.get(pk=grant.block).search_id == urgent.pk


def test_a_paused_search_is_not_served(search: Search, workers: list[str]) -> None:
    control.pause(search.pk)
    assert leases.claim(workers[0], "sieve", now=NOON) == []


def test_a_silent_worker_loses_its_lease_after_sixty_seconds(
    search: Search, workers: list[str]
) -> None:
    grant = take(workers[0])
    assert leases.reclaim(now=seconds(60)) == []
    assert leases.reclaim(now=seconds(61)) == [grant.block]
    again = take(workers[1], seconds(62))
    assert again.block == grant.block
    assert again.epoch == grant.epoch + 1


def test_renewing_keeps_the_lease(search: Search, workers: list[str]) -> None:
    grant = take(workers[0])
    for at in range(20, 200, 20):
        assert leases.renew(grant, progress=at / 1000, now=seconds(at))
        assert leases.reclaim(now=seconds(at + 19)) == []


def test_a_block_without_progress_is_taken_back_even_if_renewed(
    search: Search, workers: list[str]
) -> None:
    grant = take(workers[0])
    for at in range(20, 160, 20):
        leases.renew(grant, progress=0.1, now=seconds(at))
    assert leases.reclaim(now=seconds(141)) == [grant.block]


def test_a_slow_block_may_take_three_times_its_estimate(
    search: Search, workers: list[str]
) -> None:
    grant = take(workers[0])
    for at in range(20, 900, 20):
        leases.renew(grant, progress=0.1, estimate=300, now=seconds(at))
        assert leases.reclaim(now=seconds(at + 1)) == []


def test_every_write_of_a_stale_lease_is_refused(
    search: Search, workers: list[str]
) -> None:
    stale = take(workers[0])
    leases.reclaim(now=seconds(61))
    fresh = take(workers[1], seconds(62))
    assert not leases.renew(stale, now=seconds(63))
    assert not leases.save_checkpoint(stale, {}, b"x", now=seconds(63))
    assert not leases.release(stale, now=seconds(63))
    assert not leases.fail(stale, "x", now=seconds(63))
    assert leases.load_checkpoint(fresh.block) is None
    assert Block.objects.get(pk=fresh.block).lease_id == fresh.lease


def test_a_right_lease_with_a_wrong_epoch_is_refused(
    search: Search, workers: list[str]
) -> None:
    grant = take(workers[0])
    forged = Grant(grant.lease, grant.block, grant.epoch + 1, grant.worker)
    assert not leases.renew(forged, now=seconds(1))
    assert not leases.release(forged, now=seconds(1))


def test_the_checkpoint_follows_the_block(search: Search, workers: list[str]) -> None:
    grant = take(workers[0])
    assert leases.save_checkpoint(grant, {"stage": "sieve"}, b"state", now=NOON)
    assert leases.save_checkpoint(grant, {"stage": "sieve"}, b"newer", now=NOON)
    assert leases.release(grant, now=seconds(5))
    again = take(workers[1], seconds(6))
    assert leases.load_checkpoint(again.block) == ({"stage": "sieve"}, b"newer")


def test_three_reclaims_quarantine_the_block(
    search: Search, workers: list[str]
) -> None:
    for turn in range(3):
        grant = take(workers[0], seconds(100 * turn))
        assert leases.reclaim(now=seconds(100 * turn + 61)) == [grant.block]
    assert Block.objects.get(pk=grant.block).state == "quarantined"
    assert leases.claim(workers[0], "sieve", now=seconds(400)) == []
    assert OutboxEvent.objects.filter(kind="block.quarantined").count() == 1


def test_a_claim_takes_back_what_nobody_reclaimed(
    search: Search, workers: list[str]
) -> None:
    grant = take(workers[0])
    assert take(workers[1], seconds(61)).block == grant.block


def test_cancelling_ends_the_lease_at_the_next_renewal(
    search: Search, workers: list[str]
) -> None:
    grant = take(workers[0])
    assert control.cancel(search.pk)
    assert not leases.renew(grant, now=seconds(1))
    leases.reclaim(now=seconds(2))
    assert Lease.objects.get(pk=grant.lease).ending == "cancelled"


def test_the_history_keeps_every_grant(search: Search, workers: list[str]) -> None:
    first = take(workers[0])
    leases.release(first, now=seconds(1))
    take(workers[1], seconds(2))
    rows = Lease.objects.order_by("epoch").values_list("epoch", "ending")
    assert list(rows) == [(1, "released"), (2, "")]


def test_a_batch_of_blocks_comes_in_one_claim(workers: list[str]) -> None:
    for k in (3, 5, 7, 9):
        placed(f"{k}*2^n-1", n="1:100")
    grants = leases.claim(workers[0], "sieve", limit=3, now=NOON)
    assert len({grant.block for grant in grants}) == 3
