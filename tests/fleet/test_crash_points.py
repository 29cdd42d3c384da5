"""F3: the ledger goes away before or after any statement, or after any commit.

Each operation is tried with the fault at its first statement, then at its second, and
so on until it gets through. What was aborted left no trace, what was committed is not
done twice when it is repeated, and in the end the search is whole and right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection

from darkreach import stages
from fleet import leases
from fleet.identity import register
from fleet.leases import Grant
from fleet.models import Lease
from fleet.submit import submit
from searches import pipeline
from searches.clock import ledger_now
from searches.models import Block, Candidate, Search, SievedSpan
from tests.audits import broken
from tests.hunts import advance_all, drain, placed
from tests.oracle import prime_exponents
from verification import acceptance, results
from verification.models import Certificate, CertificateCheck, Prime, Residue
from verification.work import task_of

pytestmark = pytest.mark.django_db(transaction=True)
LAST = 90
BEFORE, AFTER = "before", "after"


class Fault:
    """Fires once, at the statement or commit of that number."""

    def __init__(self, at: int, when: str) -> None:
        self.at, self.when, self.seen, self.fired = at, when, 0, False

    def _due(self) -> bool:
        self.seen += 1
        self.fired = self.fired or self.seen == self.at
        return self.seen == self.at

    def statement(self, execute: Any, *arguments: Any) -> Any:
        due = self._due()
        if due and self.when == BEFORE:
            raise OperationalError("the ledger went away")
        answer = execute(*arguments)
        if due:
            raise OperationalError("the ledger went away")
        return answer

    def commit(self, original: Callable[[], None]) -> None:
        due = self._due()
        original()
        if due:
            raise OperationalError("committed, answer lost")


@contextmanager
def statements_fail(fault: Fault) -> Iterator[None]:
    with connection.execute_wrapper(fault.statement):
        yield


@contextmanager
def commits_lose_their_answer(fault: Fault) -> Iterator[None]:
    original = connection._commit
    connection._commit = lambda: fault.commit(original)  # type: ignore[method-assign]
    try:
        yield
    finally:
        del connection._commit


FAULTS = {
    "aborted before": (BEFORE, statements_fail),
    "aborted after": (AFTER, statements_fail),
    "answer lost": (AFTER, commits_lose_their_answer),
}
either_fault = pytest.mark.parametrize("kind", FAULTS)


def insist(kind: str, operation: Callable[[], Any], mend: Callable[[], Any]) -> Any:
    """Repeat the operation, the fault one place later each time, until none fires."""
    when, place_fault = FAULTS[kind]
    for at in range(1, 500):
        fault = Fault(at, when)
        try:
            with place_fault(fault):
                answer = operation()
        except OperationalError:
            assert fault.fired
            connection.close()  # what the ledger had not committed is gone
            mend()
            continue
        if not fault.fired:
            assert at > 1, "no fault was ever placed"
            return answer
        mend()
    raise AssertionError("the operation never ended")


def nothing() -> None:
    """What was aborted needs no mending."""


def compute(grant: Grant) -> dict[str, Any]:
    block = Block.objects.get(pk=grant.block)
    program = stages.program(acceptance.kind_of(block))
    run = program.start(task_of(block))
    while program.step(run) < 1.0:
        pass
    return program.result(run)


def hand_in(grant: Grant, kind: str) -> None:
    result = compute(grant)
    assert insist(kind, lambda: submit(grant, result), nothing) == {
        "status": "accepted",
        "reason": "",
    }
    assert Lease.objects.filter(block=grant.block, ending="submitted").count() == 1


def take(queue: str) -> Grant:
    advance_all()
    (grant,) = leases.claim(register(), queue)
    return grant


def waiting(queue: str) -> bool:
    advance_all()
    return Block.objects.filter(queue=queue, state="ready").exists()


def check(search: Search) -> None:
    drain()
    search.refresh_from_db()
    assert search.state == "finished"
    found = [prime["variables"]["n"] for prime in results.primes(search)]
    assert found == prime_exponents(3, 2, 1, range(1, LAST + 1))
    first = Residue.objects.filter(block__purpose="first")
    assert not first.exclude(role="accepted").exists()
    assert Certificate.objects.count() == Prime.objects.count() == len(found)
    assert CertificateCheck.objects.count() == len(found)
    assert SievedSpan.objects.count() == 1
    assert broken() == {}


@pytest.fixture
def search() -> Search:
    return placed("3*2^n+1", n=f"1:{LAST}")


@either_fault
def test_claim(search: Search, kind: str) -> None:
    """A lease that its worker never heard of runs out."""
    later = ledger_now() - timedelta(days=1)

    def mend() -> None:
        nonlocal later
        later += timedelta(seconds=61)
        leases.reclaim(now=later)
        Block.objects.update(reclaims=0)

    worker = register()
    (grant,) = insist(kind, lambda: leases.claim(worker, "sieve", now=later), mend)
    assert Block.objects.get(pk=grant.block).lease_id == grant.lease
    assert Lease.objects.filter(ended_at=None).count() == 1
    assert leases.release(grant)
    check(search)


@either_fault
def test_submit_of_a_sieve_block(search: Search, kind: str) -> None:
    hand_in(take("sieve"), kind)
    check(search)


@either_fault
def test_submit_of_a_test_block(search: Search, kind: str) -> None:
    hand_in(take("sieve"), "answer lost")
    hand_in(take("prp"), kind)
    check(search)


@either_fault
def test_submit_of_a_proof_and_acceptance_of_its_primes(
    search: Search, kind: str
) -> None:
    hand_in(take("sieve"), "answer lost")
    while waiting("prp"):
        grant = take("prp")
        submit(grant, compute(grant))
    while waiting("prove"):
        hand_in(take("prove"), kind)
        hand_in(take("coordinator"), kind)
    assert Prime.objects.exists()
    check(search)


@either_fault
def test_reclaim(search: Search, kind: str) -> None:
    grant = take("sieve")
    later = ledger_now() + timedelta(seconds=61)
    insist(kind, lambda: leases.reclaim(now=later), nothing)
    block = Block.objects.get(pk=grant.block)
    assert (block.state, block.reclaims) == ("ready", 1)
    assert Lease.objects.get(pk=grant.lease).ending == "reclaimed"
    check(search)


@either_fault
def test_advance(search: Search, kind: str) -> None:
    grant = take("sieve")
    submit(grant, compute(grant))
    Candidate.objects.update(block=None)
    Block.objects.filter(stage="prp").delete()
    insist(kind, lambda: pipeline.advance(search.pk), nothing)
    assert not Candidate.objects.filter(state="open", block=None).exists()
    check(search)
