"""F3: a crash before or after any statement of any operation leaves nothing half done.

Each operation is tried with a crash at its first moment, its second, and so on until it
ends unhurt. After every crash it is repeated, as a worker or the coordinator does, and
must come out as if nothing had happened.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings as live

from darkreach import stages
from darkreach.order import Order
from fleet import identity, leases, speeds
from fleet.leases import Grant
from fleet.models import Checkpoint, Lease
from fleet.submit import submit
from searches import blocks, estimates, pipeline, quarantine
from searches.clock import ledger_now
from searches.models import Block, Candidate, OutboxEvent, Search
from searches.planning import place_order
from tests.audits import broken
from tests.faults import storm
from tests.faults.crashes import WAYS, crash_points
from tests.hunts import drain
from tests.oracle import prime_exponents
from verification import acceptance, results
from verification.work import task_of

pytestmark = pytest.mark.django_db(transaction=True)
#: Numbers of one search; enough blocks of each stage for every crash point.
LAST = 900
SPAN = 6


@pytest.fixture
def search(monkeypatch: pytest.MonkeyPatch) -> Search:
    """Many small blocks: six positions to sieve, one number to test."""
    monkeypatch.setattr(blocks, "SPAN", SPAN)
    monkeypatch.setattr(estimates, "seconds", lambda *_: 1000.0)
    # What other processes would do by ring is done by the test itself.
    monkeypatch.setattr("fleet.submit.bell.ring_for", lambda _: None)
    order = Order.parse("3*2^n+1", {"n": f"1:{LAST}"})
    return place_order(order, sieve_limit=7).search


def advance_all() -> None:
    known = speeds.known(live.HARDWARE_CLASS)
    for search in pipeline.running_searches():
        while pipeline.advance(search, known):
            pass


def take(queue: str) -> Grant:
    """A lease of the next block of that queue; the stages before it are finished."""
    while True:
        grants = leases.claim(identity.register(), queue)
        if grants:
            return grants[0]
        advance_all()
        before = {"prp": "sieve", "prove": "prp", "coordinator": "prove"}[queue]
        if not Block.objects.filter(queue=queue, state="ready").exists():
            grant = take(before)
            assert submit(grant, compute(grant))["status"] == "accepted"


def compute(grant: Grant) -> dict[str, Any]:
    """The right result of the block."""
    block = Block.objects.select_related("search").get(pk=grant.block)
    program = stages.program(acceptance.kind_of(block))
    run = program.start(task_of(block))
    while program.step(run) < 1.0:
        pass
    return program.result(run)


def check(search: Search, endings: tuple[str, ...] = ()) -> None:
    """The search can be finished, is right, and nothing was done twice."""
    drain()
    search.refresh_from_db()
    assert search.state == "finished"
    found = [prime["variables"]["n"] for prime in results.primes(search)]
    assert found == prime_exponents(3, 2, 1, range(1, LAST + 1))
    storm.check_done_once(endings)
    assert broken() == {}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("queue", ["sieve", "prp", "prove", "coordinator"])
def test_a_submit_can_be_repeated_after_any_crash(
    search: Search, queue: str, way: str
) -> None:
    """`prove` accepts certificates, `coordinator` accepts their verification."""
    for _, point in crash_points(way):
        grant = take(queue)
        result = compute(grant)
        with point:
            submit(grant, result)
        answer = submit(grant, result)
        assert answer == {"status": "accepted", "reason": ""}
        assert submit(grant, {"nonsense": 1}) == answer
        assert Block.objects.get(pk=grant.block).state == "done"
    check(search)


@pytest.mark.parametrize("way", WAYS)
def test_a_claim_whose_answer_is_lost_only_costs_the_time_of_a_lease(
    search: Search, way: str
) -> None:
    worker = identity.register()
    held = 0
    for _, point in crash_points(way):
        with point:
            held += len(leases.claim(worker, "sieve", limit=2))
        live_leases = Lease.objects.filter(ended_at__isnull=True).count()
        assert live_leases == Block.objects.filter(state="leased").count()
    assert held == 2, "only the last claim was answered"
    later = ledger_now() + timedelta(seconds=live.LEASE_TTL + 1)
    lost = leases.reclaim(now=later)
    assert len(lost) == live_leases
    assert not Block.objects.filter(state="leased").exists()
    check(search, endings=("reclaimed",))


@pytest.mark.parametrize("way", WAYS)
def test_a_reclaim_can_be_repeated_after_any_crash(search: Search, way: str) -> None:
    worker = identity.register()
    long_ago = ledger_now() - timedelta(seconds=2 * live.LEASE_TTL)
    for _, point in crash_points(way):
        grants = leases.claim(worker, "sieve", limit=2, now=long_ago)
        # A block that was lost three times would be quarantined, and not come again.
        Block.objects.update(reclaims=0)
        with point:
            leases.reclaim()
        leases.reclaim()
        assert leases.reclaim() == []
        for grant in grants:
            block = Block.objects.get(pk=grant.block)
            assert (block.state, block.reclaims) == ("ready", 1)
            assert Lease.objects.get(pk=grant.lease).ending == "reclaimed"
    check(search, endings=("reclaimed",))


@pytest.mark.parametrize("way", WAYS)
def test_the_third_loss_is_told_once_whatever_happens(search: Search, way: str) -> None:
    worker = identity.register()
    long_ago = ledger_now() - timedelta(seconds=2 * live.LEASE_TTL)
    for told, point in crash_points(way):
        (grant,) = leases.claim(worker, "sieve", now=long_ago)
        Block.objects.filter(pk=grant.block).update(reclaims=2)
        with point:
            leases.reclaim()
        leases.reclaim()
        assert Block.objects.get(pk=grant.block).state == "quarantined"
        events = OutboxEvent.objects.filter(kind="block.quarantined")
        assert events.count() == told
        assert quarantine.retry(grant.block)
    check(search, endings=("reclaimed",))


@pytest.mark.parametrize("way", WAYS)
def test_renewing_saving_and_releasing_can_be_repeated_after_any_crash(
    search: Search, way: str
) -> None:
    for _, point in crash_points(way):
        grant = take("sieve")
        with point:
            leases.renew(grant, 0.5)
        assert leases.renew(grant, 0.5)
        assert leases.release(grant)
    for _, point in crash_points(way):
        grant = take("sieve")
        with point:
            leases.save_checkpoint(grant, {"stage": "sieve"}, b"state")
        assert leases.save_checkpoint(grant, {"stage": "sieve"}, b"state")
        assert bytes(Checkpoint.objects.get(block=grant.block).data) == b"state"
        leases.drop_checkpoint(grant.block)
        assert leases.release(grant)
    for _, point in crash_points(way):
        grant = take("sieve")
        with point:
            leases.release(grant)
        leases.release(grant)
        assert Block.objects.get(pk=grant.block).state == "ready"
        assert Lease.objects.get(pk=grant.lease).ending == "released"
    check(search, endings=("released",))


@pytest.mark.parametrize("way", WAYS)
def test_a_failed_block_counts_its_failure_once_after_any_crash(
    search: Search, way: str
) -> None:
    for _, point in crash_points(way):
        Block.objects.update(reclaims=0)
        grant = take("sieve")
        with point:
            leases.fail(grant, "no reason")
        leases.fail(grant, "no reason")
        block = Block.objects.get(pk=grant.block)
        assert (block.state, block.reclaims) == ("ready", 1)
    check(search, endings=("released",))


@pytest.mark.parametrize("way", WAYS)
def test_the_pipeline_goes_on_after_any_crash(search: Search, way: str) -> None:
    """Blocks due after a stage are made once, and the end comes once."""
    for k in range(1, 200, 2):
        order = Order.parse(f"{k}*2^n-1", {"n": "1:6"})
        place_order(order, sieve_limit=7)
    for queue in ("sieve", "prp"):
        for grant in leases.claim(identity.register(), queue, limit=1000):
            submit_quietly(grant)
        waiting = pipeline.running_searches()
        for _, point in crash_points(way):
            one = waiting.pop()
            with point:
                pipeline.advance(one)
            while pipeline.advance(one):
                pass
            assert not Candidate.objects.filter(
                search=one, state="open", block=None
            ).exists()
        advance_all()
    check(search)


def submit_quietly(grant: Grant) -> None:
    """Without the steps that follow a submit: they are the test's own matter."""
    with patch("fleet.submit.pipeline.advance"):
        submit(grant, compute(grant))
