"""Claims, renewals, submits, crashes and lost answers in any order (F13, F14).

Workers forget their leases, wake up late, send results twice and after reclaim; the
clock jumps. After each event the invariants hold, and in the end the search is whole.
"""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from darkreach import stages
from darkreach.order import Order
from fleet import leases
from fleet.leases import Grant
from fleet.models import Checkpoint, Lease, Speed, Worker
from fleet.submit import submit
from searches import blocks
from searches.models import Block, Candidate, OutboxEvent, Search, SievedSpan
from searches.planning import place_order
from tests.audits import broken
from tests.tampering import tampering
from verification.work import task_of

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
WORKERS = ["a" * 32, "b" * 32, "c" * 32]
ORDER = Order.parse("3*2^n+1", {"n": "1:40"})
_results: dict[int, dict[str, Any]] = {}


def result_of(block: Block) -> dict[str, Any]:
    """The right result of a block, computed once for all examples."""
    assert block.first is not None
    if block.first not in _results:
        program = stages.program("sieve")
        run = program.start(task_of(block))
        while program.step(run) < 1.0:
            pass
        _results[block.first] = program.result(run)
    return copy.deepcopy(_results[block.first])


@transaction.atomic
def clear() -> None:
    with tampering():
        SievedSpan.objects.all().delete()
    for model in (Checkpoint, Candidate, Lease, Block, OutboxEvent, Search):
        model.objects.all().delete()
    Worker.objects.all().delete()
    Speed.objects.all().delete()


class Fleet(RuleBasedStateMachine):
    grants = Bundle("grants")

    def __init__(self) -> None:
        super().__init__()
        clear()
        self.now = NOON
        self.answers: dict[str, dict[str, Any]] = {}
        for name in WORKERS:
            Worker.objects.create(
                id=name, hostname=name[0], pid=1, started_at=NOON, seen_at=NOON
            )
        place_order(ORDER, now=NOON)

    @rule(target=grants, worker=st.sampled_from(WORKERS))
    def claim(self, worker: str) -> Grant:
        granted = leases.claim(worker, "sieve", now=self.now)
        if granted:
            return granted[0]
        return Grant("0" * 32, 0, 0, worker)  # nothing to do: a lease of nobody's

    @rule(grant=grants, progress=st.floats(0, 1))
    def renew(self, grant: Grant, progress: float) -> None:
        holds = leases.renew(grant, progress, now=self.now)
        assert holds == Block.objects.filter(lease_id=grant.lease).exists()

    @rule(grant=grants)
    def checkpoint(self, grant: Grant) -> None:
        leases.save_checkpoint(grant, {}, b"state", now=self.now)

    @rule(grant=grants)
    def release(self, grant: Grant) -> None:
        leases.release(grant, now=self.now)

    @rule(grant=grants)
    def hand_in(self, grant: Grant) -> None:
        """Also the duplicate, the late one, and the one whose answer was lost."""
        if not grant.block:
            return
        block = Block.objects.get(pk=grant.block)
        outcome = submit(grant, result_of(block), now=self.now)
        assert self.answers.setdefault(grant.lease, outcome) == outcome

    @rule(grant=grants)
    def hand_in_nonsense(self, grant: Grant) -> None:
        if not grant.block or grant.lease in self.answers:
            return
        outcome = submit(grant, {"indices": "x"}, now=self.now)
        assert outcome["status"] == "refused"
        self.answers[grant.lease] = outcome

    @rule(seconds=st.integers(1, 200))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def reclaim(self) -> None:
        leases.reclaim(now=self.now)

    @invariant()
    def a_span_is_stored_once_and_epochs_only_grow(self) -> None:
        done = Block.objects.filter(state="done").count()
        assert SievedSpan.objects.count() == done
        assert Lease.objects.filter(ended_at__isnull=True).count() == (
            Block.objects.filter(state="leased").count()
        )

    def teardown(self) -> None:
        """Whatever happened, the work that is left can be finished."""
        self.now += timedelta(days=1)
        leases.reclaim(now=self.now)
        Block.objects.filter(state="quarantined").update(state="ready", reclaims=0)
        while granted := leases.claim(WORKERS[0], "sieve", now=self.now):
            block = Block.objects.get(pk=granted[0].block)
            assert submit(granted[0], result_of(block), now=self.now) == {
                "status": "accepted",
                "reason": "",
            }
        assert sum(SievedSpan.objects.values_list("count", flat=True)) == ORDER.size
        assert broken() == {}
        super().teardown()


@pytest.mark.django_db(transaction=True)
def test_no_order_of_events_breaks_an_invariant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blocks, "SPAN", 10)
    assert connection.vendor in ("sqlite", "postgresql")
    run_state_machine_as_test(
        Fleet,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
