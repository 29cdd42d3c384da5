"""The verify stage: the certificate, its number, and a second opinion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gmpy2
import pytest

from darkreach.certificates import second_opinion
from darkreach.errors import CheckpointError
from darkreach.stages import verify

ROWS = json.loads(
    (Path(verify.__file__).parents[1] / "vectors" / "certificates.json").read_text()
)


def task_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    items = [
        {"expression": row["expression"], "certificate": row["certificate"]}
        for row in rows
    ]
    return {"stage": "verify", "certificates": items}


def test_every_certificate_gets_its_verdict() -> None:
    run = verify.start(task_of(ROWS))
    while verify.step(run) < 1.0:
        pass
    results = verify.result(run)["results"]
    assert [row["valid"] for row in results] == [row["valid"] for row in ROWS]
    for row in results:
        assert row["reason"]
        if row["valid"]:
            ours, other = row["verified_by"]
            assert ours.startswith("darkreach.certificates.verify ")
            assert other.startswith("gmpy2 ")


def test_a_good_certificate_of_another_number_is_refused() -> None:
    good = next(row for row in ROWS if row["valid"])
    answer = verify.check("3*2^6+1", good["certificate"])
    assert not answer["valid"]
    assert "another number" in answer["reason"]


def test_an_expression_that_cannot_be_read_is_refused() -> None:
    good = next(row for row in ROWS if row["valid"])
    assert not verify.check("3*2^", good["certificate"])["valid"]
    assert not verify.check("3*2^6+1", "no certificate")["valid"]


def test_an_interrupted_run_goes_on_with_the_next_certificate() -> None:
    task = task_of(ROWS[:6])
    run = verify.start(task)
    verify.step(run, 0.0)
    saved = verify.state(run)
    run = verify.start(json.loads(json.dumps(task)), saved)
    assert len(run.results) == 1
    while verify.step(run, 0.0) < 1.0:
        pass
    assert len(verify.result(run)["results"]) == 6
    with pytest.raises(CheckpointError):
        verify.start(task_of(ROWS[:5]), saved)


def test_the_second_opinion_uses_bases_that_the_certificate_does_not() -> None:
    prime = gmpy2.mpz(3) * 2**189 + 1
    cert = {"a": 3, "b": 2, "witnesses": [{"q": 2, "a": 7}]}
    assert second_opinion.bases(prime, cert) == (5, 11)
    assert second_opinion.bases(gmpy2.mpz(97), cert) == ()


def test_the_second_opinion_finds_composites() -> None:
    for value in range(5, 3000, 2):
        prime = bool(gmpy2.is_prime(value))
        assert second_opinion.agrees(gmpy2.mpz(value), ()) == prime
        if prime:
            assert second_opinion.is_strong_probable_prime(gmpy2.mpz(value), 3)
            assert second_opinion.is_lucas_probable_prime(gmpy2.mpz(value))
    # 5459 and 5777 are Lucas pseudoprimes, 121 and 703 strong ones to base 3.
    assert second_opinion.is_lucas_probable_prime(gmpy2.mpz(5459))
    assert not second_opinion.is_lucas_probable_prime(gmpy2.mpz(5461))
    assert second_opinion.is_strong_probable_prime(gmpy2.mpz(121), 3)
    assert not second_opinion.is_strong_probable_prime(gmpy2.mpz(123), 2)


def test_a_large_number_is_checked_in_steps() -> None:
    assert second_opinion.agrees((gmpy2.mpz(1) << 9689) - 1, (3, 5))
    assert not second_opinion.agrees((gmpy2.mpz(1) << 9691) - 1, (3, 5))
