"""Submits: accepted once, repeated safely, refused clearly, never believed."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from darkreach import arrays, stages
from fleet import leases
from fleet.identity import register
from fleet.leases import Grant
from fleet.models import Lease
from fleet.submit import UnknownLease, submit
from searches.models import Block, Candidate, Factor, Search, SievedSpan
from tests.audits import broken
from tests.hunts import advance_all, drain, placed
from tests.oracle import prime_exponents
from verification import acceptance, results
from verification.models import Prime, Residue
from verification.work import task_of

pytestmark = pytest.mark.django_db(transaction=True)
EXPRESSION, RANGE = "3*2^n+1", range(1, 241)


@pytest.fixture
def search() -> Search:
    return placed(EXPRESSION, n="1:240")


def compute(grant: Grant) -> dict[str, Any]:
    block = Block.objects.get(pk=grant.block)
    program = stages.program(acceptance.kind_of(block))
    run = program.start(task_of(block))
    while program.step(run) < 1.0:
        pass
    return program.result(run)  # type: ignore[no-any-return]


def next_grant(queue: str) -> Grant:
    advance_all()
    (grant,) = leases.claim(register(), queue)
    return grant


def finish(queue: str) -> Grant:
    grant = next_grant(queue)
    assert submit(grant, compute(grant))["status"] == "accepted"
    advance_all()
    return grant


def composites(result: dict[str, Any]) -> list[dict[str, Any]]:
    outcomes = [item["members"][0] for item in result["results"]]
    return [outcome for outcome in outcomes if outcome["verdict"] == "composite"]


def block_with_composites() -> tuple[Grant, dict[str, Any]]:
    """A test block among whose results are composites; those before it are done."""
    while True:
        grant = next_grant("prp")
        result = compute(grant)
        if composites(result):
            return grant, copy.deepcopy(result)
        submit(grant, result)


def right(search: Search) -> bool:
    found = [p["variables"]["n"] for p in results.primes(search)]
    return found == prime_exponents(3, 2, 1, RANGE)


def test_a_repeated_submit_gets_the_stored_answer(search: Search) -> None:
    grant = next_grant("sieve")
    result = compute(grant)
    first = submit(grant, result)
    rows = Candidate.objects.count()
    assert first == submit(grant, result) == submit(grant, {"nonsense": 1})
    assert Candidate.objects.count() == rows
    assert SievedSpan.objects.count() == 1
    drain()
    assert right(search)
    assert broken() == {}


def test_a_late_sieve_result_changes_nothing(search: Search) -> None:
    stale = next_grant("sieve")
    result = compute(stale)
    leases.release(stale)
    outcome = submit(stale, result)
    assert outcome["status"] == "refused"
    assert "released" in outcome["reason"]
    assert Candidate.objects.count() == 0
    drain()
    assert right(search)
    assert broken() == {}


def test_late_residues_are_kept_as_evidence(search: Search) -> None:
    finish("sieve")
    stale = next_grant("prp")
    result = compute(stale)
    leases.release(stale)
    assert submit(stale, result)["status"] == "refused"
    late = Residue.objects.filter(role="late").count()
    assert late > 0
    assert not Residue.objects.filter(role="accepted").exists()
    drain()
    assert right(search)
    assert Residue.objects.filter(role="late").count() == late
    assert broken() == {}


def test_a_late_certificate_is_a_fact_and_is_used(search: Search) -> None:
    finish("sieve")
    while leases_of("prp"):
        finish("prp")
    stale = next_grant("prove")
    result = compute(stale)
    leases.release(stale)
    assert submit(stale, result)["status"] == "refused"
    finish("coordinator")
    assert Prime.objects.exists()
    drain()
    assert right(search)
    assert broken() == {}


def leases_of(queue: str) -> bool:
    advance_all()
    return Block.objects.filter(queue=queue, state="ready").exists()


def test_an_unknown_lease_is_refused(search: Search) -> None:
    grant = next_grant("sieve")
    forged = Grant("0" * 32, grant.block, grant.epoch, grant.worker)
    with pytest.raises(UnknownLease):
        submit(forged, compute(grant))


def test_a_lease_cannot_close_another_block(search: Search) -> None:
    mine = next_grant("sieve")
    other = placed("5*2^n+1", n="1:50")
    theirs = next_grant("sieve")
    assert Block.objects.get(pk=theirs.block).search_id == other.pk
    forged = Grant(mine.lease, theirs.block, theirs.epoch, mine.worker)
    assert submit(forged, compute(theirs))["status"] == "refused"
    assert Block.objects.get(pk=theirs.block).state == "leased"


def test_a_false_factor_is_never_believed(search: Search) -> None:
    grant = next_grant("sieve")
    result = compute(grant)
    factors = arrays.unpack(result["factors"]).copy()
    factors[len(factors) // 2] += 2
    result["factors"] = arrays.pack(factors)
    outcome = submit(grant, result)
    assert outcome["status"] == "refused"
    assert "no proper factor" in outcome["reason"]
    assert Lease.objects.get(pk=grant.lease).ending == "rejected"
    assert Candidate.objects.count() == 0
    drain()
    assert right(search)
    assert broken() == {}


def test_a_number_is_no_factor_of_itself(search: Search) -> None:
    grant = next_grant("sieve")
    result = compute(grant)
    columns = [
        arrays.unpack(result[name]).tolist()
        for name in ("indices", "factors", "members")
    ]
    assert 1 not in columns[0]  # position 1 is 3*2^2+1 = 13, a prime
    for column, extra in zip(columns, (1, 13, 0), strict=True):
        column.append(extra)
    for name, column in zip(("indices", "factors", "members"), columns, strict=True):
        result[name] = arrays.pack(column)
    assert submit(grant, result)["status"] == "refused"


def _drop_one(result: dict[str, Any]) -> None:
    result["results"].pop()


def _other_number(result: dict[str, Any]) -> None:
    result["results"][0]["members"][0]["expression"] = "3*2^999+1"


def _no_residue(result: dict[str, Any]) -> None:
    for outcome in composites(result):
        outcome["res64"] = None


def _short_residue(result: dict[str, Any]) -> None:
    for item in result["results"]:
        item["members"][0]["res64"] = "12"


def _beyond_the_order(result: dict[str, Any]) -> None:
    result["results"][0]["index"] = 10**9


def _strange_verdict(result: dict[str, Any]) -> None:
    result["results"][0]["members"][0]["verdict"] = "perhaps"


def _nothing(result: dict[str, Any]) -> None:
    result.clear()


@pytest.mark.parametrize(
    "spoil",
    [
        _drop_one,
        _other_number,
        _no_residue,
        _short_residue,
        _beyond_the_order,
        _strange_verdict,
        _nothing,
    ],
)
def test_a_result_that_cannot_be_true_is_refused(search: Search, spoil: Any) -> None:
    finish("sieve")
    grant, result = block_with_composites()
    spoil(result)
    assert submit(grant, result)["status"] == "refused"
    assert not Residue.objects.filter(block=grant.block).exists()
    drain()
    assert right(search)
    assert broken() == {}


def test_a_differing_residue_is_kept_and_refuted(search: Search) -> None:
    finish("sieve")
    grant, result = block_with_composites()
    stale = copy.deepcopy(result)
    assert submit(grant, result)["status"] == "accepted"
    victim = composites(stale)[0]
    victim["res64"] = "0123456789ABCDEF"
    victim["res2048"] = victim["res2048"][:-16] + "0123456789abcdef"
    block = Block.objects.get(pk=grant.block)
    Block.objects.filter(pk=block.pk).update(state="ready")
    again = next_grant("prp")
    while again.block != block.pk:
        submit(again, compute(again))
        again = next_grant("prp")
    submit(again, stale)
    drain()
    candidate = Candidate.objects.get(search=search, expression=victim["expression"])
    assert candidate.evidence == "double-checked"
    # A third test, if it came to one, differs from the false residue too.
    differing = Residue.objects.get(role="differing", res64="0123456789ABCDEF")
    assert differing.key == candidate.key
    assert not differing.refutation.withdrawn
    kept = Residue.objects.get(role="accepted", key=candidate.key)
    assert kept.res64 != differing.res64


def test_factors_are_stored_with_their_number(search: Search) -> None:
    drain()
    for factor in Factor.objects.all():
        k, rest = factor.expression.split("*2^")
        assert (int(k) * 2 ** int(rest.split("+")[0]) + 1) % int(factor.factor) == 0
