"""Level `proven`: composites rest on test proofs that another worker certified and
nobody had to trust."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import gmpy2
import pytest
from django.db.models import Q

from darkreach import forms
from darkreach.checks import low_order, policy
from searches.models import Block, Candidate, Search
from tests.audits import broken
from tests.darkreach.checks.forging import forged, terms_of
from tests.fleet.fleets import Host, coordinator, honest_result, work_out
from tests.hunts import advance_all, placed
from tests.oracle import prime_exponents
from verification import results
from verification.models import (
    Certification,
    Claim,
    ProofFile,
    Reliability,
    Residue,
    TestProof,
)

pytestmark = pytest.mark.django_db(transaction=True)

#: A prime of each form, and an element of low order that its formula gives away.
HIDDEN = [
    ("3*2^353+1", 16, None),
    ("960^128+1", 256, 960),
    ("2^521-1", 521, 2),
    ("2*3^1454+1", 2, None),
    ("3*2^827-1", 2, None),
    ("(2^701+1)/3", 1402, 2),
    ("379!-1", 2, None),
    ("(10^317-1)/9", 317, 10),
]


@pytest.fixture(autouse=True)
def for_small_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proofs that would not pay: real ones take numbers of 50,000 bits."""
    monkeypatch.setattr(policy, "LEAST_BITS", 512)
    monkeypatch.setattr(low_order, "MOST_COST", 100.0)


def search_of(expression: str, **ranges: str) -> Search:
    search = placed(expression, **ranges)
    Search.objects.update(evidence_level="proven")
    advance_all()
    return search


def worked(search: Search, *hosts: Host) -> None:
    work_out([*hosts, coordinator()])
    search.refresh_from_db()
    assert search.state == "finished"
    assert not Candidate.objects.filter(~Q(owed="") | Q(state="disputed")).exists()
    assert broken() == {}


def levels(search: Search) -> Counter[str]:
    rows = Candidate.objects.filter(search=search, state="composite")
    return Counter(rows.values_list("evidence", flat=True))


def found(search: Search) -> list[str]:
    return [prime["expression"] for prime in results.primes(search)]


def quarantined() -> set[str]:
    rows = Reliability.objects.filter(quarantined_at__isnull=False)
    return set(rows.values_list("host", flat=True))


def only_lie(stage: str) -> Any:
    """Applies to results of this kind."""

    def decorate(change: Any) -> Any:
        def lie(block: Block, result: dict[str, Any]) -> dict[str, Any]:
            kind = "certify" if block.purpose == "certify" else block.stage
            if kind != stage or block.purpose not in ("first", "certify"):
                return result
            changed = copy.deepcopy(result)
            change(changed)
            return changed

        return lie

    return decorate


def outcomes(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for item in result["results"] for one in item["members"] if one]


def test_composites_are_proven_by_proofs_that_another_host_certifies() -> None:
    search = search_of("k*2^n+1", k="3,5", n="515:640")
    worked(search, Host("one"), Host("two"))
    assert set(levels(search)) == {"proven"}
    count = levels(search)["proven"]
    assert count >= 5
    assert Certification.objects.filter(valid=True).count() == count
    for row in Certification.objects.select_related("proof"):
        assert {row.host, row.proof.host} == {"one", "two"}
    assert not Block.objects.filter(purpose="double").exists()
    assert not ProofFile.objects.exists()
    assert not Claim.objects.exists()
    exponents = {k: prime_exponents(k, 2, 1, range(515, 641)) for k in (3, 5)}
    primes = {f"{k}*2^{n}+1" for k, ns in exponents.items() for n in ns}
    assert set(found(search)) == primes


@pytest.mark.parametrize(("expression", "order", "root"), HIDDEN)
def test_a_prime_hidden_by_a_forged_proof_is_found_and_its_liar_too(
    expression: str, order: int, root: int | None
) -> None:
    number = forms.number(expression)
    value = number.value()
    element = gmpy2.powmod(5, (value - 1) // order, value)
    if order == 2 or root is not None:
        element = gmpy2.mpz(root or -1) % value
    assert gmpy2.powmod(element, order, value) == 1 != element
    proof = next(
        proof
        for power in (3, 4, 5, 6)
        for proof in [forged(terms_of(expression, power), element, order)]
    )
    y = proof.y
    if proof.terms.exponent == "N+1":
        y = y * gmpy2.invert(gmpy2.mpz(proof.terms.base) ** 2, value) % value
    low = f"{int(y % 2**2048):0512x}"

    @only_lie("prp")
    def hide(result: dict[str, Any]) -> None:
        for outcome in outcomes(result):
            outcome.update(
                verdict="composite",
                res2048=low,
                res64=low[-16:].upper(),
                proof=proof.described(),
            )

    search = search_of(expression)
    liar = Host("liar", hide)
    while not liar.lies and liar.work():
        pass
    assert liar.lies
    worked(search, Host("one"), Host("two"), Host("three"))
    assert found(search) == [expression]
    assert quarantined() == {"liar"}
    assert not Certification.objects.filter(valid=True, proof__host="liar").exists()


def test_a_certifier_that_lies_hides_nothing_and_proves_nothing() -> None:
    @only_lie("certify")
    def anything(result: dict[str, Any]) -> None:
        for answer in result["results"]:
            answer["sha256"] = "0" * 64

    search = search_of("k*2^n+1", k="3", n="515:640")
    worked(search, Host("one", anything), Host("two", anything))
    assert set(levels(search)) == {"proven"}
    hosts = set(Certification.objects.values_list("host", flat=True))
    assert hosts == {"coordinator"}


def test_a_proof_of_another_residue_counts_for_nothing() -> None:
    """Of right residues, so that nobody is blamed: they are tested twice instead."""

    @only_lie("prp")
    def of_another(result: dict[str, Any]) -> None:
        rows = [one for one in outcomes(result) if one["proof"]]
        proofs = [one["proof"] for one in rows]
        for one, proof in zip(rows, [*proofs[1:], *proofs[:1]], strict=True):
            one["proof"] = proof

    search = search_of("k*2^n+1", k="3", n="515:640")
    worked(search, Host("one", of_another), Host("two", of_another))
    assert set(levels(search)) <= {"double-checked", "proven"}
    assert levels(search)["double-checked"] >= 1
    assert Certification.objects.filter(valid=False).exists()
    assert quarantined() == set()


def test_a_wrong_residue_with_the_proof_of_the_right_one_is_found() -> None:
    @only_lie("prp")
    def wrong(result: dict[str, Any]) -> None:
        for one in outcomes(result):
            if one["verdict"] == "composite":
                low = f"{int(one['res2048'], 16) ^ 2**40:0512x}"
                one.update(res2048=low, res64=low[-16:].upper())

    search = search_of("k*2^n+1", k="3", n="515:640")
    liar = Host("liar", wrong)
    while not liar.lies and liar.work():
        pass
    worked(search, liar, Host("one"), Host("two"))
    lied = Residue.objects.filter(host="liar", verdict="composite")
    assert lied.filter(refutation=None, block__purpose="first").count() == 0
    assert "" not in levels(search)
    assert "single" not in levels(search)


def test_without_room_for_proofs_numbers_are_tested_twice(settings: Any) -> None:
    settings.TEST_PROOF_BYTES = 100
    search = search_of("k*2^n+1", k="3", n="515:640")
    worked(search, Host("one"), Host("two"))
    assert set(levels(search)) == {"double-checked"}
    assert not TestProof.objects.exists()


def test_a_result_takes_along_no_more_proofs_than_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("darkreach.stages.prp.MOST_BYTES", 1000)
    search = search_of("k*2^n+1", k="3", n="515:640")
    while not Block.objects.filter(stage="prp").exists():
        assert Host("sieving", queues=("sieve",)).work()
    block = Block.objects.filter(stage="prp").select_related("search").first()
    assert block is not None and search.pk == block.search_id
    proofs = [one["proof"] for one in outcomes(honest_result(block)) if one["proof"]]
    assert len(proofs) >= 1
    assert sum(proof["bytes"] for proof in proofs) <= 1000
