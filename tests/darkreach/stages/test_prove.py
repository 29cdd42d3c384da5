"""The proof stage: a certificate for every prime, evidence against every composite."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import gmpy2
import psutil
import pytest

from darkreach.certificates import ecpp
from darkreach.certificates.verify import verify
from darkreach.errors import OrderError
from darkreach.forms import number
from darkreach.stages import prove
from darkreach.vectors import primes

VECTORS = Path(__file__).parents[2] / "vectors"
OWN_VECTORS = Path(prove.__file__).parents[1] / "vectors"


def run_whole(expressions: list[str]) -> list[dict[str, Any]]:
    rows = [{"index": i, "members": [text]} for i, text in enumerate(expressions)]
    run = prove.start({"stage": "prove", "candidates": rows})
    while prove.step(run) < 1.0:
        pass
    return [row["members"][0] for row in prove.result(run)["results"]]


def table(name: str) -> list[dict[str, str]]:
    with (OWN_VECTORS / name).open() as file:
        return list(csv.DictReader(file))


def small_forms() -> list[str]:
    return [
        f"{k}*{b}^{n}{sign}1"
        for b in (2, 3, 6, 7, 10, 15)
        for k in (1, 2, 3, 4, 45, 1001, 2**37 + 1)
        for n in (1, 2, 3, 20, 21, 26, 27, 28, 29, 30, 31, 36, 40, 61)
        for sign in "+-"
        if (b, k, n, sign) != (2, 1, 1, "-")
    ]


def test_every_form_is_proven_exactly_when_it_is_prime() -> None:
    """All kinds, large and small k, even numbers, n = 1: against Baillie-PSW."""
    texts = small_forms()
    for text, outcome in zip(texts, run_whole(texts), strict=True):
        value = number(text).value()
        if gmpy2.is_prime(value):
            assert outcome["verdict"] == "prime", (text, outcome)
            assert verify(outcome["certificate"]).valid, text
        else:
            assert outcome["verdict"] == "composite", (text, outcome)
            assert outcome["certificate"] is None
            assert shows_composite(value, outcome), (text, outcome)


def shows_composite(value: int, outcome: dict[str, Any]) -> bool:
    if outcome["factor"] is not None:
        factor = int(outcome["factor"])
        return 1 < factor < value and value % factor == 0
    x = gmpy2.powmod(outcome["base"], value - 1, value)
    return bool(x != 1 and int(outcome["res64"], 16) == x % 2**64)


def test_known_primes_get_the_kind_of_their_form() -> None:
    rows = primes(full=False)
    outcomes = run_whole([row["expression"] for row in rows])
    for row, outcome in zip(rows, outcomes, strict=True):
        assert outcome["verdict"] == "prime", row
        assert outcome["certificate"]["kind"] == row["certificate"], row
        written = number(row["expression"]).expression
        assert outcome["certificate"]["expression"] == written, row
    assert {row["certificate"] for row in rows} == {
        *("small", "proth", "llr", "ll", "n-1", "n+1", "bls75")
    }


def test_witnesses_are_the_published_ones() -> None:
    rows = json.loads((VECTORS / "proof_witnesses.json").read_text())
    rows = [row for row in rows if 64 < row["bits"] <= 2500]
    outcomes = run_whole([row["expr"] for row in rows])
    names = {"Proth": "a", "LLR": "v1"}
    compared = 0
    for row, outcome in zip(rows, outcomes, strict=True):
        assert outcome["verdict"] == "prime", row
        name = names.get(row["method"])
        if name in outcome["certificate"]:
            assert outcome["certificate"][name] == row["main_witness"], row
            compared += 1
    assert compared > 50


def test_pseudoprimes_and_carmichael_numbers_are_shown_composite() -> None:
    rows = table("composites.csv")
    outcomes = run_whole([row["expression"] for row in rows])
    for row, outcome in zip(rows, outcomes, strict=True):
        assert outcome["verdict"] == "composite", row
        assert shows_composite(number(row["expression"]).value(), outcome), row
    assert any(row["verdict"] == "probable prime" for row in rows)


def test_one_discriminant_serves_all_primes_of_a_proof() -> None:
    several = 0
    for row in primes(full=False):
        if row["certificate"] != "n+1":
            continue
        certificate = run_whole([row["expression"]])[0]["certificate"]
        for witness in certificate["witnesses"]:
            assert witness["P"] ** 2 - 4 * witness["Q"] == certificate["D"]
        several += len(certificate["witnesses"]) > 1
    assert several >= 3


def test_the_prime_two_in_a_morrison_proof_has_a_non_residue() -> None:
    """k is a large prime, so 2 cannot be left out of F."""
    for k in range(2**40 + 1, 2**40 + 3000, 2):
        text = f"{k}*2^37-1"
        value = number(text).value()
        if gmpy2.is_prime(value) and gmpy2.is_prime(k):
            break
    certificate = run_whole([text])[0]["certificate"]
    assert certificate["kind"] == "n+1"
    assert verify(certificate).valid
    for witness in certificate["witnesses"]:
        if witness["q"] == 2:
            assert gmpy2.jacobi(witness["Q"], value) == -1


def test_what_cannot_be_factored_stays_unproven_with_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ecpp, "command", lambda: None)
    outcome = run_whole(["(2^1709+1)/3"])[0]
    assert outcome["verdict"] == "unproven"
    assert outcome["certificate"] is None
    assert "of N-1 and" in outcome["reason"]
    assert "install cypari" in outcome["reason"]
    assert (
        "passes the Vrba-Reix test, which is evidence and unproven" in outcome["reason"]
    )
    assert "\n" not in outcome["reason"]


def test_a_small_number_of_any_form_is_proven() -> None:
    outcome = run_whole(["(2^43+1)/3"])[0]
    assert outcome["certificate"]["kind"] == "small"
    assert verify(outcome["certificate"]).valid


def test_a_number_below_two_has_no_proof() -> None:
    with pytest.raises(OrderError):
        run_whole(["1"])


def test_interrupted_proofs_give_the_same_certificates() -> None:
    texts = ["2^2203-1", "3*2^2816+1", "2*3^1454+1", "14*15^33-1", "3*2^100-1"]
    rows = [{"index": i, "members": [text]} for i, text in enumerate(texts)]
    task = {"stage": "prove", "candidates": rows}
    run, restarts = prove.start(task), 0
    while prove.step(run, 0.0) < 1.0:
        run = prove.start(json.loads(json.dumps(task)), prove.state(run))
        restarts += 1
    outcomes = [row["members"][0] for row in prove.result(run)["results"]]
    assert restarts > 20
    whole = run_whole(texts)
    assert [o["certificate"] for o in outcomes] == [o["certificate"] for o in whole]
    assert [o["verdict"] for o in whole] == ["prime"] * 4 + ["composite"]


def test_all_members_of_a_candidate_are_proven() -> None:
    task = {
        "stage": "prove",
        "candidates": [{"index": 7, "members": ["3*2^6-1", "3*2^6+1"]}],
    }
    run = prove.start(task)
    assert prove.step(run) == 1.0
    row = prove.result(run)["results"][0]
    assert row["index"] == 7
    assert [member["verdict"] for member in row["members"]] == ["prime", "prime"]


#: Its certificate takes PARI minutes.
LONG = {"stage": "prove", "candidates": [{"index": 0, "members": ["10^999+7"]}]}


def pari_of(process: psutil.Process) -> list[psutil.Process]:
    return [child for child in process.children() if child.is_running()]


def test_a_proof_that_is_dropped_takes_pari_with_it() -> None:
    me = psutil.Process()
    before = pari_of(me)
    run = prove.start(LONG)
    prove.step(run, 0.1)
    (pari,) = [child for child in pari_of(me) if child not in before]
    del run
    assert not pari.is_running()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own promise there")
def test_pari_ends_with_a_process_that_is_killed() -> None:
    program = (
        "from darkreach.stages import prove\n"
        f"run = prove.start({LONG!r})\n"
        "prove.step(run, 1.0)\n"
        "print('begun', flush=True)\n"
        "prove.step(run, 100.0)\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"begun\n"
    (pari,) = pari_of(psutil.Process(worker.pid))
    os.kill(worker.pid, signal.SIGKILL)
    worker.communicate()
    deadline = time.monotonic() + 10
    while pari.is_running() and pari.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)
