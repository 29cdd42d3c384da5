"""The audit finds each kind of damage, and nothing in a sound ledger."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db.models import F

from darkreach import arrays
from fleet import leases
from fleet.identity import register
from fleet.models import Lease
from searches.clock import ledger_now
from searches.models import Block, Candidate, Factor, Search, SievedSpan
from tests.audits import broken
from tests.hunts import advance_all, drain, placed, work_once
from tests.tampering import tampering
from verification.models import CertificateCheck, Prime, Residue

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def search() -> Search:
    """A finished search with primes, residues, factors and a deeper sieve pass."""
    found = placed("3*2^n+1", n="1:200")
    drain()
    assert broken() == {}
    return found


def names() -> set[str]:
    return {name.split()[0] for name in broken()}


def test_a_block_that_is_missing_is_noticed(search: Search) -> None:
    with tampering():
        SievedSpan.objects.all().delete()
    sieve = Block.objects.filter(stage="sieve")
    Lease.objects.filter(block__in=sieve).delete()
    sieve.delete()
    assert "I1" in names()


def test_overlapping_blocks_are_noticed(search: Search) -> None:
    Block.objects.filter(stage="sieve").update(first=1)
    assert "I1" in names()


def test_a_lost_candidate_is_noticed(search: Search) -> None:
    candidate = Candidate.objects.filter(search=search, state="composite").last()
    assert candidate is not None
    candidate.delete()
    assert "I2" in names()


@pytest.mark.parametrize("state", ["composite", "prime", "factored"])
def test_an_outcome_without_evidence_is_noticed(search: Search, state: str) -> None:
    other = "composite" if state == "prime" else "prime"
    victim = Candidate.objects.filter(search=search, state=other).last()
    assert victim is not None
    Candidate.objects.filter(pk=victim.pk).update(state=state)
    assert "I2" in names()


def test_a_number_left_open_in_a_finished_search_is_noticed(search: Search) -> None:
    one = Candidate.objects.filter(search=search).first()
    assert one is not None
    Candidate.objects.filter(pk=one.pk).update(state="open")
    assert "I2" in names()


def test_a_contradiction_that_nobody_disputes_is_noticed(search: Search) -> None:
    residue = Residue.objects.filter(verdict="composite").first()
    assert residue is not None
    residue.pk, residue.role, residue.res64 = None, "differing", "0" * 16
    with tampering():
        residue.save()
    assert "I3" in names()


def test_a_prime_that_nobody_verified_is_noticed(search: Search) -> None:
    with tampering():
        CertificateCheck.objects.all().delete()
    assert "I4" in names()


def test_a_prime_with_one_verifier_is_noticed(search: Search) -> None:
    with tampering():
        Prime.objects.update(verified_by=["one program"])
    assert "I4" in names()


def test_a_prime_under_a_foreign_key_is_noticed(search: Search) -> None:
    prime = Prime.objects.first()
    assert prime is not None
    with tampering():
        Prime.objects.filter(pk=prime.pk).update(expression="3*2^4+1")
    assert "I4" in names()


def test_a_composite_below_its_searchs_level_is_noticed(search: Search) -> None:
    # Chance decides which ones were tested twice.
    one = Candidate.objects.filter(search=search, state="composite").first()
    assert one is not None
    Candidate.objects.filter(pk=one.pk).update(evidence="single")
    assert names() == set()
    Search.objects.update(evidence_level="proven")
    assert "I5" in names()


def test_a_gap_in_the_epochs_is_noticed(search: Search) -> None:
    Block.objects.filter(pk__in=Block.objects.values("pk")[:1]).update(
        epoch=F("epoch") + 1
    )
    assert "I6" in names()


def test_a_residue_from_a_stale_lease_is_noticed(search: Search) -> None:
    lease = Lease.objects.filter(block__stage="prp").first()
    assert lease is not None
    Lease.objects.filter(pk=lease.pk).update(ending="reclaimed")
    assert "I6" in names()


def test_a_false_factor_is_noticed(search: Search) -> None:
    Factor.objects.create(
        key=placed_key("3*2^4+1"),
        expression="3*2^4+1",
        factor="11",
        stage="sieve",
        created_at=ledger_now(),
    )
    assert names() == {"I7"}


def test_a_false_factor_of_the_first_pass_is_noticed(search: Search) -> None:
    span = SievedSpan.objects.get(search=search)
    factors = arrays.unpack(span.factors).copy()
    factors[0] += 2
    with tampering():
        SievedSpan.objects.filter(pk=span.pk).update(factors=arrays.pack(factors))
    assert names() == {"I7"}


def placed_key(expression: str) -> str:
    from darkreach import forms

    return forms.number(expression).key


def test_a_leased_block_without_a_lease_is_noticed() -> None:
    placed("5*2^n+1", n="1:100")
    (grant,) = leases.claim(register(), "sieve")
    assert broken() == {}
    Lease.objects.filter(pk=grant.lease).update(ended_at=ledger_now())
    assert "I9" in names()


def test_a_forgotten_lease_is_noticed() -> None:
    placed("5*2^n+1", n="1:100")
    (grant,) = leases.claim(register(), "sieve")
    Block.objects.filter(pk=grant.block).update(state="ready", lease_id=None)
    Lease.objects.update(granted_at=ledger_now() - timedelta(hours=1))
    assert "I9" in names()


def test_work_that_nobody_touches_is_noticed(bell: object) -> None:
    from fleet import bell as bells
    from fleet.identity import Identity

    placed("5*2^n+1", n="1:100")
    Block.objects.update(created_at=ledger_now() - timedelta(hours=1))
    assert broken() == {}
    bells.heartbeat(Identity(queues=("sieve",)).describe())
    assert names() == {"I10"}
    work_once("sieve")
    advance_all()
    assert broken() == {}


def test_the_command_says_what_is_broken_and_fails(
    search: Search, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("audit")
    assert capsys.readouterr().out.count(": ok") == 10
    with tampering():
        Prime.objects.update(verified_by=[])
    with pytest.raises(SystemExit) as ending:
        call_command("audit")
    assert ending.value.code == 1
    assert "I4 prime: BROKEN" in capsys.readouterr().out
