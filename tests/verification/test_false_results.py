"""Results that are false in every way one can think of, handed in through the real
door: each is refused, or found out, or changes nothing."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from fleet import leases
from fleet.identity import register
from fleet.leases import Grant
from fleet.models import Lease
from fleet.submit import submit
from searches.intake import BadResult
from searches.models import Block, Candidate, Search
from tests.audits import broken
from tests.fleet.fleets import Host, coordinator, honest_result, work_out
from tests.hunts import advance_all, drain, placed, work_once
from tests.oracle import prime_exponents
from verification import acceptance, results
from verification.models import Certificate, CertificateCheck, Prime, Residue

pytestmark = pytest.mark.django_db(transaction=True)
EXPRESSION, RANGE = "3*2^n+1", range(64, 241)
Outcome = dict[str, Any]


@pytest.fixture
def search() -> Search:
    found = placed(EXPRESSION, n="64:240")
    assert work_once("sieve")
    return found


def granted(queue: str = "prp") -> tuple[Grant, dict[str, Any]]:
    """A lease, and its honest result."""
    advance_all()
    (grant,) = leases.claim(register(), queue)
    block = Block.objects.select_related("search").get(pk=grant.block)
    return grant, copy.deepcopy(honest_result(block))


def ends_well(search: Search) -> None:
    drain()
    found = [prime["variables"]["n"] for prime in results.primes(search)]
    assert found == prime_exponents(3, 2, 1, RANGE)
    assert broken() == {}


def composites(result: dict[str, Any]) -> list[Outcome]:
    rows = [item["members"][0] for item in result["results"]]
    return [one for one in rows if one["verdict"] == "composite" and one["res64"]]


def change(**fields: Any) -> Callable[[Outcome], None]:
    return lambda outcome: outcome.update(fields)


FALSE: dict[str, Callable[[Outcome], None]] = {
    "a type that no test has": change(residue_type=7),
    "no type": change(residue_type=None),
    "base 1": change(base=1),
    "base 0": change(base=0),
    "a base beyond all bounds": change(base=10**30),
    "a base that is text": change(base="3"),
    "a probable prime with a composite's residue": change(verdict="probable prime"),
    "a prime with a composite's residue": change(verdict="prime"),
    "a composite with the residue 1": change(res64="0" * 15 + "1", res2048="1"),
    "two residues in one": change(res64="0123456789ABCDEF"),
    "a factor that does not divide": change(factor="1000003"),
    "a negative factor": change(factor="-7"),
    "an endless factor": change(factor=float("inf")),
    "a kernel that is half a character": change(kernel="\ud800"),
    "a kernel with a zero byte": change(kernel="\0"),
    "a factor of letters": change(factor="seven"),
    "a factor of a million digits": change(factor="7" * 10**6),
    "a residue of a million digits": change(res2048="f" * 10**6),
    "an expression of a million letters": change(expression="3*2^" + "9" * 10**6),
    "seconds that are no number": change(seconds="soon"),
    "seconds without an end": change(seconds=float("inf")),
    "seconds that are not": change(seconds=float("nan")),
    "errors without an end": change(errors={"check": "x" * 10**6}),
    "errors that are text": change(errors="none"),
}


def itself(outcome: Outcome) -> None:
    outcome["factor"] = str(3 * 2 ** int(outcome["expression"][4:-2]) + 1)


FALSE["the number itself as its factor"] = itself
FALSE["1 as a factor"] = change(factor="1")


def test_false_outcomes_are_refused(search: Search) -> None:
    """One after the other against the same block: none leaves anything."""
    for name, spoil in FALSE.items():
        grant, result = granted()
        spoil(composites(result)[0])
        answer = submit(grant, result)
        assert answer["status"] == "refused", name
        assert 0 < len(answer["reason"]) <= 500, name
        Block.objects.filter(pk=grant.block).update(state="ready", reclaims=0)
    assert not Residue.objects.exists()
    assert Candidate.objects.filter(state="open").count() == Candidate.objects.count()
    assert Lease.objects.filter(ending="rejected").count() == len(FALSE)
    ends_well(search)


@pytest.mark.parametrize(
    "about",
    [
        {"seconds": "soon"},
        {"seconds": float("nan")},
        {"seconds": -1.0},
        {"software": "darkreach"},
        {"seconds": 10**400},
        {"software": {"program": "x" * 10**6}},
        {"software": {"program": "half a character \ud800"}},
        {"software": {"program": "a zero byte \0"}},
        {"software": {"version": float("nan")}},
        {"software": {"kernel": b"bytes"}},
    ],
    ids=ascii,
)
def test_a_result_that_says_nonsense_of_itself_is_refused(
    search: Search, about: dict[str, Any]
) -> None:
    grant, result = granted()
    assert submit(grant, result | about)["status"] == "refused"
    assert not Residue.objects.exists()


@pytest.mark.parametrize("held", [True, False], ids=["held", "free"])
def test_outcomes_of_another_block_are_refused(search: Search, held: bool) -> None:
    """One lease is no licence to settle the whole search."""
    grant, result = granted()
    block = Block.objects.get(pk=grant.block)
    other = Block.objects.create(
        search=search, stage="prp", queue="prp", created_at=block.created_at
    )
    victim = Candidate.objects.filter(block=block).latest("index")
    Candidate.objects.filter(pk=victim.pk).update(block=other if held else None)
    answer = submit(grant, result)
    assert answer["status"] == "refused"
    assert "another block" in answer["reason"]
    assert not Residue.objects.exists()
    victim.refresh_from_db()
    assert victim.state == "open"


def test_another_epoch_closes_nothing(search: Search) -> None:
    grant, result = granted()
    forged = Grant(grant.lease, grant.block, grant.epoch + 1, grant.worker)
    assert submit(forged, result)["status"] == "refused"
    assert Block.objects.get(pk=grant.block).state == "leased"
    assert not Residue.objects.filter(role="accepted").exists()
    leases.release(grant)
    ends_well(search)


def swapped(block: Block, result: dict[str, Any]) -> dict[str, Any]:
    """Residues of this block, each of another of its numbers."""
    if block.stage != "prp":
        return result
    result = copy.deepcopy(result)
    rows = composites(result)
    values = [(row["res64"], row["res2048"]) for row in rows]
    for row, (res64, res2048) in zip(rows, values[1:] + values[:1], strict=True):
        row.update(res64=res64, res2048=res2048)
    return result


def test_residues_swapped_between_numbers_are_found_out() -> None:
    search = placed("3*2^n+1", n="64:240")
    Search.objects.update(evidence_level="double-checked")
    liar = Host("liar", swapped)
    advance_all()
    while not liar.lies and liar.work():
        pass
    work_out([Host("one"), Host("two"), Host("three"), coordinator()])
    for residue in Residue.objects.filter(refutation=None):
        value = 3 * 2 ** int(residue.expression[4:-2]) + 1
        honest = pow(residue.base, (value - 1) // residue.residue_type, value)
        assert f"{honest % 2**64:016X}" == residue.res64
    theirs = Residue.objects.filter(host="liar", verdict="composite")
    assert theirs.exists() and not theirs.filter(refutation=None).exists()
    ends_well(search)


def proof_block() -> tuple[Grant, dict[str, Any]]:
    """Everything before the proofs is done."""
    advance_all()
    while work_once("prp", "pm1", "sieve"):
        pass
    return granted("prove")


def other_certificate(result: dict[str, Any], rename: bool) -> str:
    """The certificate of one prime instead of that of another."""
    one, other = (item["members"][0] for item in result["results"][:2])
    certificate = copy.deepcopy(other["certificate"])
    if rename:
        certificate["expression"] = one["expression"]
    one["certificate"] = certificate
    return str(one["expression"])


def test_a_certificate_of_another_number_is_refused(search: Search) -> None:
    grant, result = proof_block()
    other_certificate(result, rename=False)
    assert submit(grant, result)["status"] == "refused"
    assert not Certificate.objects.exists()
    ends_well(search)


def test_a_certificate_that_only_names_the_number_makes_no_prime(
    search: Search,
) -> None:
    grant, result = proof_block()
    victim = other_certificate(result, rename=True)
    assert submit(grant, result)["status"] == "accepted"
    assert work_once("coordinator")
    forged = CertificateCheck.objects.get(certificate__expression=victim)
    assert not forged.valid
    assert not Prime.objects.filter(expression=victim).exists()
    ends_well(search)


def test_proofs_and_verifications_of_no_sense_are_refused(search: Search) -> None:
    grant, result = proof_block()
    block = Block.objects.get(pk=grant.block)
    for spoil in (
        {"seconds": "soon"},
        {"seconds": None},
        {"seconds": []},
        {"certificate": "a text"},
        {
            "certificate": result["results"][0]["members"][0]["certificate"]
            | {"kind": 1}
        },
    ):
        spoilt = copy.deepcopy(result)
        spoilt["results"][0]["members"][0].update(spoil)
        with pytest.raises(BadResult):
            acceptance.check(block, spoilt)
    assert submit(grant, result)["status"] == "accepted"
    grant, result = granted("coordinator")
    block = Block.objects.get(pk=grant.block)
    for spoil in (
        {"seconds": -1},
        {"verified_by": "two"},
        {"verified_by": [1, 2]},
    ):
        spoilt = copy.deepcopy(result)
        spoilt["results"][0].update(spoil)
        with pytest.raises(BadResult):
            acceptance.check(block, spoilt)
    once = copy.deepcopy(result)
    once["results"][0]["verified_by"] = ["one program"] * 2
    assert not acceptance.check(block, once).content[0].valid
    assert submit(grant, result)["status"] == "accepted"
    ends_well(search)


def test_a_prover_gives_up_no_numbers_but_its_own(search: Search) -> None:
    grant, result = proof_block()
    other = Candidate.objects.filter(state="composite").latest("index")
    row = {"verdict": "unproven", "reason": "x" * 10**6, "expression": ""}
    result["results"].append({"index": other.index, "members": [row]})
    submit(grant, result)
    other.refresh_from_db()
    assert not other.proof_given_up
    ends_well(search)
