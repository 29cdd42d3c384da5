"""Near the end: the longest blocks first, and late ones are offered twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from darkreach.order import Order
from fleet import bell as bell_module
from fleet import leases, stragglers, submit
from fleet.leases import Grant
from fleet.models import Lease, Worker
from fleet.roster import Present
from fleet.runner import run_block
from searches import control
from searches.models import Block, Candidate, Search
from searches.planning import place_order
from tests.audits import broken
from tests.faults.test_ledger_outages import compute
from tests.hunts import advance_all, drain, placed, work_once
from verification.models import Residue
from verification.work import task_of

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SLOW, FAST = "a" * 32, "b" * 32


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Two workers: one that is slow, and by default one that is idle."""
    for name in (SLOW, FAST):
        Worker.objects.create(
            id=name, hostname=name[0], pid=1, started_at=NOON, seen_at=NOON
        )

    def alive(*idle: str) -> None:
        empty = Present._make([""] * len(Present._fields))
        rows = [
            empty._replace(
                worker=name,
                queues="prp,sieve,prove,pm1",
                slots="1",
                busy=str(int(name not in idle)),
                state="idle" if name in idle else "works",
            )
            for name in (SLOW, FAST)
        ]
        monkeypatch.setattr(bell_module, "present", lambda: rows)

    alive(FAST)
    return alive


@pytest.fixture
def search() -> Search:
    """Sieved, with one block of tests that is left."""
    found = placed("3*2^n+1", n="1:120")
    work_once("sieve")
    advance_all()
    blocks = list(Block.objects.filter(search=found, stage="prp").order_by("id"))
    Candidate.objects.filter(block__in=blocks).update(block=blocks[-1])
    Block.objects.filter(pk__in=[block.pk for block in blocks[:-1]]).update(
        state="done", count=0
    )
    for block in blocks[:-1]:  # their place in the history
        Block.objects.filter(pk=block.pk).delete()
    return found


def lease(worker: str, now: datetime = NOON) -> Grant:
    (grant,) = leases.claim(worker, "prp", now=now)
    Block.objects.filter(pk=grant.block).update(estimate=20.0)
    return grant


def result_of(grant: Grant) -> dict[str, Any]:
    block = Block.objects.select_related("search").get(pk=grant.block)
    return compute(task_of(block))


def test_a_late_block_is_offered_once_more_and_only_to_others(
    search: Search, fleet: Callable[..., None]
) -> None:
    slow = lease(SLOW)
    assert stragglers.copy_late(later(35)) == []
    (copy,) = stragglers.copy_late(later(45))
    assert stragglers.copy_late(later(46)) == []
    assert leases.claim(SLOW, "prp", now=later(47)) == []
    (grant,) = leases.claim(FAST, "prp", now=later(47))
    assert grant.block == copy
    made = Block.objects.get(pk=copy)
    assert (made.copy_of_id, made.purpose, made.stage) == (slow.block, "copy", "prp")


@pytest.mark.parametrize("why", ["near its end", "nobody idle", "others wait"])
def test_no_copy_where_it_would_not_help(
    search: Search, fleet: Callable[..., None], why: str
) -> None:
    slow = lease(SLOW)
    if why == "near its end":
        leases.renew(slow, progress=0.8, now=later(40))
    if why == "nobody idle":
        fleet(SLOW)
    if why == "others wait":
        Block.objects.create(
            search=search, stage="prp", queue="prp", count=0, created_at=NOON
        )
    assert stragglers.copy_late(later(45)) == []


def test_the_copy_wins_and_the_original_is_evidence(
    search: Search, fleet: Callable[..., None], bell: Any
) -> None:
    slow = lease(SLOW)
    numbers = Candidate.objects.filter(block=slow.block).count()
    assert numbers > 10
    stragglers.copy_late(later(45))
    (copy,) = leases.claim(FAST, "prp", now=later(46))
    first, second = result_of(copy), result_of(slow)
    assert len(first["results"]) == numbers
    assert submit.submit(copy, first, now=later(47))["status"] == "accepted"
    assert Block.objects.get(pk=slow.block).state == "replaced"
    assert not Candidate.objects.filter(search=search, state="open").exists()

    leases.end_lost(later(48))
    assert Lease.objects.get(pk=slow.lease).ending == "cancelled"
    assert bell.exists(f"darkreach:look:{SLOW}")
    assert not leases.renew(slow, now=later(48))
    answer = submit.submit(slow, second, now=later(49))
    assert answer["status"] == "refused"
    kept = Residue.objects.filter(block=slow.block)
    assert kept.exists()
    assert set(kept.values_list("role", flat=True)) == {"repeated"}
    drain()
    search.refresh_from_db()
    assert search.state == "finished"
    assert broken() == {}


def test_what_a_copy_tried_by_p_minus_one_is_not_tried_again(
    fleet: Callable[..., None],
) -> None:
    order = Order.parse("13*2^n-1", {"n": "100:260"})
    search = place_order(order, sieve_limit=1000, pm1=(2, 2)).search
    work_once("sieve")
    (slow,) = leases.claim(SLOW, "pm1", now=NOON)
    Block.objects.filter(stage="pm1", state="ready").update(state="cancelled")
    Block.objects.filter(pk=slow.block).update(estimate=20.0)
    held = list(Candidate.objects.filter(block=slow.block).values_list("pk", flat=True))
    stragglers.copy_late(later(45))
    (copy,) = leases.claim(FAST, "pm1", now=later(46))
    assert Block.objects.get(pk=copy.block).copy_of_id == slow.block
    answer = submit.submit(copy, result_of(copy), now=later(47))
    assert answer["status"] == "accepted"
    tried = Candidate.objects.filter(search=search, pm1_done=True)
    assert held and set(tried.values_list("pk", flat=True)) >= set(held)


def test_the_original_wins_and_the_copy_is_withdrawn(
    search: Search, fleet: Callable[..., None]
) -> None:
    slow = lease(SLOW)
    stragglers.copy_late(later(45))
    (copy,) = leases.claim(FAST, "prp", now=later(46))
    result = result_of(copy)
    assert submit.submit(slow, result_of(slow), now=later(47))["status"] == "accepted"
    assert Block.objects.get(pk=copy.block).state == "replaced"
    assert submit.submit(copy, result, now=later(48))["status"] == "refused"
    leases.end_lost(later(49))
    drain()
    search.refresh_from_db()
    assert search.state == "finished"
    assert broken() == {}


def test_a_copy_that_nobody_took_vanishes_with_the_original(
    search: Search, fleet: Callable[..., None]
) -> None:
    slow = lease(SLOW)
    (copy,) = stragglers.copy_late(later(45))
    run_block(slow)
    assert Block.objects.get(pk=copy).state == "replaced"
    drain()
    assert broken() == {}


def test_a_false_result_of_a_copy_settles_nothing(
    search: Search, fleet: Callable[..., None]
) -> None:
    slow = lease(SLOW)
    stragglers.copy_late(later(45))
    (copy,) = leases.claim(FAST, "prp", now=later(46))
    false = {**result_of(copy), "results": []}
    answer = submit.submit(copy, false, now=later(47))
    assert answer["status"] == "refused"
    assert "no outcome" in answer["reason"]
    assert Block.objects.get(pk=slow.block).state == "leased"
    assert Block.objects.get(pk=copy.block).state == "ready"


def test_a_cancelled_search_takes_both_and_gives_both_back(
    search: Search, fleet: Callable[..., None]
) -> None:
    slow = lease(SLOW)
    (copy,) = stragglers.copy_late(later(45))
    control.cancel(search.pk)
    blocks = Block.objects.filter(pk__in=[slow.block, copy])
    assert set(blocks.values_list("state", flat=True)) == {"cancelled"}
    control.resume(search.pk)
    leases.end_lost()
    drain()
    search.refresh_from_db()
    assert search.state == "finished"
    assert broken() == {}


def test_a_late_sieve_block_is_sieved_by_whoever_is_first(
    fleet: Callable[..., None],
) -> None:
    search = placed("5*2^n+1", n="1:200")
    (slow,) = leases.claim(SLOW, "sieve", now=NOON)
    (copy,) = stragglers.copy_late(later(500))
    (fast,) = leases.claim(FAST, "sieve", now=later(501))
    assert fast.block == copy
    result = result_of(slow)
    run_block(fast)
    assert submit.submit(slow, result, now=later(502))["status"] == "refused"
    leases.end_lost()
    drain()
    search.refresh_from_db()
    assert search.state == "finished"
    assert broken() == {}


def test_the_longest_block_goes_first_near_the_end(
    fleet: Callable[..., None],
) -> None:
    search = placed("3*2^n+1", n="1:50")
    Block.objects.filter(search=search).delete()
    Block.objects.bulk_create(
        Block(
            search=search,
            stage="prp",
            queue="prp",
            estimate=float(estimate),
            created_at=NOON,
        )
        for estimate in range(1, 41)
    )

    def next_estimate() -> float:
        (grant,) = leases.claim(FAST, "prp", now=NOON)
        return Block.objects.get(pk=grant.block).estimate

    assert [next_estimate() for _ in range(8)] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [next_estimate() for _ in range(3)] == [40, 39, 38]
