"""The verifier: what is good passes, what is forged or damaged is refused."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import gmpy2
import pytest

from darkreach.certificates import verify as module
from darkreach.certificates.verify import verify
from darkreach.errors import CertificateError
from darkreach.forms import number
from tests.darkreach.certificates.sealing import certificate_of, seal

OWN_VECTORS = Path(module.__file__).parents[1] / "vectors"
PRIMES = [
    *("3*2^5+1", "2^61-1", "3*2^189+1", "7*2^120+1", "2^107-1", "3*2^103-1"),
    *("2*3^132+1", "2*30^33+1", "6*10^40-1", "2*3^222-1", "14*15^33-1"),
    *("27!+1", "30!-1", "379#+1", "64!2-1", "(2^55-1)^2-2", "10^53-10^26-1"),
    *("(10^45+666)*10^43+1", "(2^79+1)/3", "2^200+235", "(2^313+1)/3"),
]


@pytest.fixture(scope="module")
def good() -> list[dict[str, Any]]:
    return [certificate_of(expression) for expression in PRIMES]


def test_good_certificates_of_all_kinds_pass(good: list[dict[str, Any]]) -> None:
    kinds = {"small", "proth", "llr", "ll", "n-1", "n+1", "bls75", "ecpp"}
    assert {cert["kind"] for cert in good} == kinds
    for cert in good:
        assert verify(json.loads(json.dumps(cert))).valid


def test_listed_forgeries_are_refused() -> None:
    rows = json.loads((OWN_VECTORS / "certificates.json").read_text())
    refused = 0
    for row in rows:
        if row["name"] == "another number's certificate":
            continue  # good in itself; stages/verify.py compares the numbers
        verdict = verify(row["certificate"])
        assert verdict.valid == row["valid"], (row["name"], verdict)
        refused += not verdict.valid
    assert refused > 25


def test_mixed_discriminants_are_refused_for_that_reason() -> None:
    """These certificates pass in every other respect and would prove composites."""
    rows = json.loads((OWN_VECTORS / "certificates.json").read_text())
    mixed = [row for row in rows if row["name"].startswith("mixed")]
    assert len(mixed) == 3
    for row in mixed:
        assert "another discriminant" in verify(row["certificate"]).reason


def change_one_character(text: str) -> str:
    """Another digit or letter at a random place of a JSON text."""
    while True:
        place = random.randrange(len(text))
        old = text[place]
        alphabet = "0123456789" if old.isdigit() else "abcdefghijklmnopqrstuvwxyz"
        if old.isalnum():
            new = random.choice(alphabet)
            if new != old:
                return text[:place] + new + text[place + 1 :]


def test_a_thousand_certificates_with_one_character_changed_are_refused(
    good: list[dict[str, Any]],
) -> None:
    random.seed(1000)
    tried = 0
    while tried < 1000:
        text = change_one_character(json.dumps(random.choice(good)))
        try:
            changed = json.loads(text)
        except ValueError:
            continue
        tried += 1
        assert not verify(changed).valid, text


def forged(cert: dict[str, Any]) -> dict[str, Any]:
    """The certificate of another number of the same form, which is composite, with all
    fields in agreement, random witnesses and a right digest."""
    body = json.loads(json.dumps(cert))
    while True:
        k, b, n, c = (body.get(name, 0) for name in "kbnc")
        k, n = random.choice((k, k + 2, k + 4)), n + random.randrange(1, 40)
        if body["kind"] == "small":
            value = random.randrange(2, 2**64)
            body |= {"expression": str(value)}
        elif "k" not in body:
            value = random.getrandbits(4 * len(body["N"])) | 1
            body |= {"expression": str(value)}
        else:
            value = k * b**n + c
            body |= {"k": k, "n": n, "expression": f"{k}*{b}^{n}{c:+d}"}
        if not gmpy2.is_prime(value):
            break
    body["N"] = f"{value:x}"
    for name in ("a", "v1", "D"):
        if name in body:
            body[name] = random.randrange(2, 100)
    witnesses = [w for n in ("witnesses", "minus", "plus") for w in body.get(n, [])]
    for witness in witnesses:
        if "a" in witness:
            witness["a"] = random.randrange(2, 100)
        else:
            p, q = random.randrange(1, 20), random.choice((-1, 1, 2, 3, 5))
            witness |= {"P": p, "Q": q}
            body["D"] = p * p - 4 * q
    return seal(body)


def test_a_thousand_forged_certificates_of_composites_are_refused(
    good: list[dict[str, Any]],
) -> None:
    random.seed(1001)
    for _ in range(1000):
        cert = forged(random.choice(good))
        verdict = verify(cert)
        assert not verdict.valid, cert
        assert "digest" not in verdict.reason


def damage(cert: dict[str, Any]) -> dict[str, Any]:
    """One field gone, strange, or of the wrong type; a right digest. Not the name of
    the program, which does not matter to the proof."""
    body = json.loads(json.dumps(cert))
    free = {"digest", "program", "program_version"}
    name = random.choice(sorted(body.keys() - free))
    strange = [None, True, 1.5, "", "x", [], {}, -1, 0, 10**400, "9" * 5000, [[]], [{}]]
    if random.random() < 0.2:
        del body[name]
    else:
        other = [v for v in strange if v is not body[name] and v != body[name]]
        body[name] = random.choice(other)
    return seal(body)


def test_damaged_certificates_are_refused_without_an_exception(
    good: list[dict[str, Any]],
) -> None:
    random.seed(1002)
    for _ in range(1000):
        cert = damage(random.choice(good))
        assert not verify(cert).valid, cert


def test_what_is_no_object_is_an_error() -> None:
    for thing in (None, 3, "text", [1, 2]):
        with pytest.raises(CertificateError):
            verify(thing)


def test_an_empty_object_is_refused() -> None:
    assert not verify({}).valid


def test_a_huge_number_is_refused_before_anything_is_computed() -> None:
    cert = certificate_of("3*2^189+1")
    for change in (
        {"n": 10**12},
        {"expression": "3*2^999999999999+1"},
        {"expression": "((9^99999)^99999)^99999"},
        {"N": "1" * 3_000_000},
        {"b": 10**300, "n": 10**9},
        {"a": 10**300},
    ):
        assert not verify(seal(cert | change)).valid


def test_a_smaller_bound_can_be_asked_for() -> None:
    cert = certificate_of("3*2^189+1")
    assert not verify(cert, max_bits=100).valid
    assert verify(cert, max_bits=200).valid


def test_the_prover_and_the_verifier_share_no_code() -> None:
    folder = Path(module.__file__).parent
    own = ("theorems", "evaluation", "lucas", "elliptic", "residue_class")
    allowed = {"errors", *(f"certificates.{name}" for name in own)}
    for name in ("verify.py", *(f"{name}.py" for name in own)):
        for line in (folder / name).read_text().splitlines():
            if line.startswith(("from darkreach", "import darkreach")):
                imported = line.split()[1].removeprefix("darkreach.")
                assert imported in allowed, f"{name}: {line}"


def test_certificates_do_not_depend_on_the_way_the_number_was_written() -> None:
    assert number("12*4^93+1").expression == "3*2^188+1"
    assert certificate_of("12*2^187+1") == certificate_of("3*2^189+1")
