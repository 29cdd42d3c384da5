"""Test proofs: those of GIMPS byte for byte, honest ones of every form, forged ones."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from typing import Any

import gmpy2
import pytest

from darkreach import forms, stages
from darkreach.arithmetic import modulus
from darkreach.checks import low_order, policy, proof_file
from darkreach.checks.pietrzak import short_power
from darkreach.checks.proof_file import Terms
from darkreach.checks.proven_power import ProvenPower
from darkreach.checks.verify import (
    blind,
    computed,
    described,
    fold,
    verdict,
    verify,
)
from darkreach.errors import ProofError
from darkreach.stages import certify
from tests.darkreach.checks.forging import claimed, forged, honest, terms_of

VECTORS = Path(__file__).parents[2] / "vectors"
GIMPS = json.loads((VECTORS / "proofs_gimps_v2.json").read_text())["proofs"]
SIGNS = json.loads((VECTORS / "proof_sign_forgery.json").read_text())["cases"]
#: One of each form, of some thousand bits.
FORMS = [
    "3*2^5001+1",
    "3*2^5000+1",
    "45*2^5001-1",
    "2^5003-1",
    "2*3^3001+1",
    "2*3^3002-1",
    "1000^512+1",
    "700!-1",
    "(2^5003+1)/3",
]


def proven(terms: Terms) -> ProvenPower:
    power = ProvenPower(modulus(terms.number), terms)
    while not power.advance(0.5):
        pass
    return power


def written(expression: str, power: int) -> bytes:
    proof = proven(terms_of(expression, power)).proof
    assert proof is not None
    return proof.write()


@pytest.fixture
def at_any_price(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small numbers have tests that are cheaper than their check for low order."""
    monkeypatch.setattr(low_order, "MOST_COST", 100.0)


@pytest.mark.parametrize("vector", GIMPS, ids=lambda v: f"M{v['exponent']}")
def test_proofs_of_gimps_are_written_and_read_byte_for_byte(vector: Any) -> None:
    number = forms.number(f"2^{vector['exponent']}-1")
    terms = Terms(number, 3, "N+1", vector["power"])
    assert terms_of(number.expression, vector["power"]) == terms
    places = terms.layout().positions(vector["power"])
    assert [place - 1 for place in places] == vector["points"]
    proof = proven(terms).proof
    assert proof is not None
    data = proof.write()
    assert len(data) == vector["file_bytes"]
    assert hashlib.md5(data).hexdigest() == vector["file_md5"]
    read = proof_file.read(data)
    assert read == proof
    assert [f"{int(m) % 2**64:016x}" for m in read.middles] == vector["middles_res64"]
    claim = fold(read)
    assert claim.span == vector["final_span"]
    assert f"{int(claim.x) % 2**64:016x}" == vector["cert_A_res64"]
    assert f"{int(claim.y) % 2**64:016x}" == vector["cert_B_res64"]
    answer = verify(data, number.expression)
    assert answer.valid
    assert (answer.verdict == "probable prime") == vector["is_prp"]
    for place in range(len(data) - len(read.middles) * terms.residue_bytes, len(data)):
        if place % terms.residue_bytes == 0:
            tampered = bytearray(data)
            tampered[place] ^= 1
            assert not verify(bytes(tampered)).valid


@pytest.mark.parametrize("case", SIGNS, ids=lambda c: f"M{c['exponent']}")
def test_a_proof_of_the_negative_is_valid_and_not_accepted(case: Any) -> None:
    number = forms.number(f"2^{case['exponent']}-1")
    terms = Terms(number, 3, "N+1", case["power"])
    proof = forged(terms, number.value() - 1, 2)
    data = proof.write()
    assert hashlib.md5(data).hexdigest() == case["forged_file_md5"]
    answer = verify(data)
    assert answer.valid and answer.suspicious and not answer.accepted
    assert answer.verdict == "composite"
    good = claimed(terms, gmpy2.mpz(9)).write()
    assert hashlib.md5(good).hexdigest() == case["honest_file_md5"]
    assert verify(good).accepted


@pytest.mark.parametrize("expression", FORMS)
@pytest.mark.parametrize("power", [4])
def test_an_honest_proof_of_every_form_is_accepted(
    expression: str, power: int, at_any_price: None
) -> None:
    data = written(expression, power)
    assert data == honest(expression, power).write()
    answer = verify(data, expression)
    assert answer.accepted, answer.reason
    task = {"stage": "prp", "candidates": [{"index": 0, "members": [expression]}]}
    outcome = finish(task)["results"][0]["members"][0]
    names = ("verdict", "residue_type", "base", "res64", "res2048")
    assert [getattr(answer, name) for name in names] == [outcome[n] for n in names]


def finish(task: dict[str, Any], seconds: float = 9.0) -> dict[str, Any]:
    """By way of a checkpoint after every step."""
    program = stages.program(task["stage"])
    run = program.start(task)
    while program.step(run, seconds) < 1.0:
        run = program.start(task, program.state(run))
    return program.result(run)


def test_the_test_stage_makes_the_proof_it_is_asked_for() -> None:
    candidates = [{"index": 7, "members": ["3*2^5001+1"]}]
    task = {"stage": "prp", "candidates": candidates, "proof": 4}
    outcome = finish(task, 0.2)["results"][0]["members"][0]
    proof = outcome["proof"]
    data = honest("3*2^5001+1", 4).write()
    assert proof["sha256"] == hashlib.sha256(data).hexdigest()
    assert (proof["format"], proof["power"]) == ("darkreach-1", 4)
    assert proof["bytes"] == len(data)
    assert outcome["check"] == "gerbicz-li"
    small = finish(task | {"proof": True})["results"][0]["members"][0]
    assert small["proof"] is None


def test_points_that_do_not_fit_a_checkpoint_are_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("darkreach.checks.proven_power.MOST_IN_STATE", 1000)
    terms = terms_of("3*2^5001+1", 4)
    power = ProvenPower(modulus(terms.number), terms)
    power.advance(0.0)
    saved = json.loads(json.dumps(power.state()))
    resumed = ProvenPower(modulus(terms.number), terms)
    resumed.resume(saved)
    while not resumed.advance(0.1):
        pass
    assert resumed.proof is None
    assert resumed.value() == honest("3*2^5001+1", 4).y


def test_what_is_left_of_a_proof_can_be_computed_by_anybody() -> None:
    """Blinded, so that the answer cannot be known without computing; the last claim is
    of a proof that lies."""
    claims, right = [], []
    for expression in ("3*2^5001+1", "2^5003-1", "2*3^3001+1"):
        proof = honest(expression, 4)
        claim = fold(proof)
        first, second = blind(proof, claim), blind(proof, claim)
        assert first.y != second.y != claim.y
        size = proof.terms.residue_bytes
        lie = claimed(proof.terms, proof.y * 5 % proof.terms.number.value())
        for each in (first, second, blind(proof, fold(lie))):
            claims.append(described(proof, each))
            right.append(certify.digest(each.y, size))
    answers = finish({"stage": "certify", "claims": claims}, 0.0)["results"]
    same = [a["sha256"] == r for a, r in zip(answers, right, strict=True)]
    assert same == 3 * [True, True, False]


def test_forms_whose_check_does_not_pay_get_a_second_test() -> None:
    for expression in ("5000!+1", "70001#+1", "3*2^40001+1"):
        assert policy.choose(forms.number(expression)).method == policy.DOUBLE_CHECK
    for expression in ("3*2^100003+1", "10^32768+1", "2^110503-1", "7*3^60001-1"):
        choice = policy.choose(forms.number(expression))
        assert (choice.method, choice.power) == (policy.PROOF, 5)
    powers = [policy.best(bits).power for bits in (50_000, 300_000, 1_000_000)]
    assert powers == sorted(powers)
    assert policy.best(10**6, memory=2 * 10**6).power == 4


def test_a_short_power_is_a_power() -> None:
    generator = random.Random(5)
    arithmetic = modulus(forms.number("45*2^3000-1"))
    x = gmpy2.powmod(3, 10**9, arithmetic.number)
    for e in [*range(1, 70), *(generator.getrandbits(b) | 1 << b for b in range(200))]:
        found = arithmetic.store(short_power(arithmetic, arithmetic.load(x), e))
        assert found == gmpy2.powmod(x, e, arithmetic.number), e


def test_a_left_side_is_what_it_says() -> None:
    proof = honest("2*3^3001+1", 4)
    claim = fold(proof)
    value, (limb,) = proof.terms.number.value(), claim.limbs
    expected = gmpy2.powmod(claim.x, gmpy2.mpz(1) << claim.span, value)
    expected = expected * gmpy2.powmod(proof.terms.base, limb, value) % value
    assert computed(proof.terms.number, proof.terms.base, claim) == expected == claim.y
    assert verdict(proof).valid


GIMPS_HEADER = "PRP PROOF\nVERSION=2\nHASHSIZE=64\nPOWER={}\n{}NUMBER={}\n"
OUR_HEADER = (
    "DARKREACH TEST PROOF\nVERSION=1\nHASHSIZE=64\nPOWER=3\nBASE={}\n"
    "EXPONENT={}\nNUMBER={}\n"
)


@pytest.mark.parametrize(
    ("header", "size", "reason"),
    [
        (GIMPS_HEADER.format(3, "", "M521").replace("=2", "=1"), 264, "no test proof"),
        (GIMPS_HEADER.format("7x2", "", "M521"), 528, "no test proof"),
        (GIMPS_HEADER.format(99, "", "M521"), 6600, "power 99"),
        (GIMPS_HEADER.format(0, "", "M521"), 66, "power 0"),
        (GIMPS_HEADER.format(3, "", "M521"), 263, "263 bytes of residues, not 264"),
        (GIMPS_HEADER.format(3, "BASE=5\n", "M521"), 264, "another format"),
        (GIMPS_HEADER.format(3, "", "M521/7"), 264, "no test proof"),
        (
            GIMPS_HEADER.format(3, "", "M521").replace("\n", "\r\n"),
            264,
            "no test proof",
        ),
        (GIMPS_HEADER.format(3, "", "M9999999999"), 400, "unknown"),
        # Half a gigabyte, which nobody builds for 400 bytes.
        (GIMPS_HEADER.format(3, "", "M4294967291"), 400, "not 2147483648"),
        (OUR_HEADER.format(3, "N-2", "3*2^353+1"), 180, "no test proof"),
        (OUR_HEADER.format(3, "N-1", "9**9**9"), 400, "unknown"),
        (OUR_HEADER.format(3, "N-1", "10^10^10+1"), 400, "unknown"),
        (OUR_HEADER.format(3, "N-1", "2^100+2"), 52, "not tested"),
        (OUR_HEADER.format(1, "N-1", "3*2^353+1"), 180, "no base"),
        (OUR_HEADER.format("03", "N-1", "3*2^353+1"), 180, "the one way"),
    ],
)
def test_headers_that_are_wrong_are_refused(
    header: str, size: int, reason: str
) -> None:
    with pytest.raises(ProofError, match=reason):
        proof_file.read(header.encode() + b"\x01" * size)
