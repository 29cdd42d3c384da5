"""The test stage: verdicts, residues and interruption."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import gmpy2
import pytest

from darkreach.arithmetic import choice, modulus
from darkreach.errors import CheckpointError, OrderError
from darkreach.forms import number
from darkreach.residues import Residue, res64_prst
from darkreach.stages import prp

VECTORS = Path(__file__).parents[2] / "vectors"
SMALL_FORMS = [
    f"{k}*{b}^{n}{sign}1"
    for b in (2, 3, 5, 6, 10, 12)
    for k in (1, 2, 3, 5, 7, 9, 12, 15, 21)
    for n in range(1, 40)
    for sign in "+-"
    if (b, k, n, sign) != (2, 1, 1, "-")
]


def task_of(*candidates: list[str]) -> dict[str, Any]:
    rows = [{"index": i, "members": members} for i, members in enumerate(candidates)]
    return {"stage": "prp", "candidates": rows}


def run_whole(task: dict[str, Any]) -> dict[str, Any]:
    run = prp.start(task)
    while prp.step(run) < 1.0:
        pass
    return prp.result(run)


def outcome_of(expression: str) -> dict[str, Any]:
    outcome: dict[str, Any] = run_whole(task_of([expression]))["results"][0]["members"][
        0
    ]
    return outcome


def without_times(results: list[dict[str, Any]]) -> list[Any]:
    rows = json.loads(json.dumps(results))
    for row in rows:
        for outcome in row["members"]:
            if outcome:
                del outcome["seconds"]
    return list(rows)


def published_rows() -> list[dict[str, str]]:
    with (VECTORS / "residues_prst_kbn.csv").open() as file:
        return list(csv.DictReader(file))


def check_published(rows: list[dict[str, str]]) -> None:
    texts = [f"{row['k']}*{row['b']}^{row['n']}{int(row['c']):+d}" for row in rows]
    results = run_whole(task_of(*([text] for text in texts)))["results"]
    kinds = {"FERMAT": 1, "PROTH": 2}
    for row, result in zip(rows, results, strict=True):
        outcome = result["members"][0]
        assert outcome["residue_type"] == kinds[row["test"]], row
        assert outcome["base"] == int(row["base"]), row
        assert res64_prst(outcome) == row["res64"], row
        prime = row["res64"] == "0000000000000001"
        assert (outcome["verdict"] == "composite") is not prime, row


def test_published_residues_agree() -> None:
    random.seed(2026)
    small = [row for row in published_rows() if int(row["bits"]) <= 4000]
    check_published(random.sample(small, 150))


def test_published_residues_agree_on_transforms() -> None:
    random.seed(2027)
    large = [row for row in published_rows() if int(row["bits"]) > 4000]
    check_published(random.sample(large, 60))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_all_published_residues_up_to_20000_bits_agree() -> None:
    rows = published_rows()
    assert len(rows) > 1200
    check_published(rows)


def test_the_published_residue_of_m100003_agrees() -> None:
    published = json.loads((VECTORS / "residues_gimps_types.json").read_text())
    outcome = outcome_of("2^100003-1")
    assert outcome["kernel"].startswith("fft")
    assert outcome["res64"] == published["M100003"]["res64_published"]
    assert outcome["res2048"] == published["M100003"]["res2048"]


def test_gimps_residues_of_both_types_agree() -> None:
    values = json.loads((VECTORS / "residues_gimps_types.json").read_text())["values"]
    for exponent in ("29", "41", "67", "101", "1277", "4259"):
        form = number(f"2^{exponent}-1")
        published = values[exponent]
        outcome = outcome_of(form.expression)
        assert (outcome["residue_type"], outcome["base"]) == (1, 3)
        assert outcome["res64"] == published["type1"]
        assert outcome["res2048"] == published["type1_res2048"].lower()
        question = Residue(2, 3)
        chain = question.chain(modulus(form))
        while not chain.advance(1.0):
            pass
        res2048 = question.answer(chain)["res2048"]
        assert res2048[-16:].upper() == published["type2"]


def test_every_small_number_gets_the_right_verdict_and_evidence() -> None:
    results = run_whole(task_of(*([text] for text in SMALL_FORMS)))["results"]
    for text, result in zip(SMALL_FORMS, results, strict=True):
        outcome, value = result["members"][0], number(text).value()
        if gmpy2.is_prime(value):
            exact = value < 2**64 or outcome["residue_type"] == 2
            assert outcome["verdict"] == ("prime" if exact else "probable prime"), text
            continue
        assert outcome["verdict"] == "composite", text
        factor = int(outcome["factor"] or 0)
        if factor:
            assert 1 < factor < value and value % factor == 0, text
        if outcome["res64"] is not None:
            exponent = (value - 1) // outcome["residue_type"]
            x = gmpy2.powmod(outcome["base"], exponent, value)
            assert int(outcome["res64"], 16) == x % 2**64, text
            assert x not in ((1,) if outcome["residue_type"] == 1 else (1, value - 1))
        assert factor or outcome["res64"], text


@pytest.mark.parametrize("text", ["3*2^3+1", "3*5^1+1", "15*2^3+1", "8*3^1+1"])
def test_a_square_is_never_called_prime(text: str) -> None:
    outcome = outcome_of(text)
    assert outcome["verdict"] == "composite"
    assert int(outcome["factor"]) ** 2 == number(text).value()


def test_a_large_square_of_proth_form_is_recognised() -> None:
    root = 2**100 + 1
    outcome = outcome_of(f"{2**99 + 1}*2^101+1")
    assert (outcome["verdict"], outcome["factor"]) == ("composite", str(root))


@pytest.mark.parametrize("value", [561, 1729, 825265, 321197185, 9746347772161])
def test_a_carmichael_number_is_composite_by_a_factor(value: int) -> None:
    outcome = outcome_of(f"{value - 1}*2^0+1")
    assert outcome["verdict"] == "composite"
    assert value % int(outcome["factor"]) == 0


def test_a_base_that_says_nothing_is_not_used() -> None:
    assert outcome_of("2*3^100+1")["base"] == 5
    assert outcome_of("(3^103-1)/2")["base"] == 5
    assert outcome_of("(9^101-1)/8")["verdict"] == "composite"
    assert outcome_of("5*2^101-1")["base"] == 5  # 3 divides it


def test_a_number_below_two_is_bad_input() -> None:
    with pytest.raises(OrderError, match="less than 2"):
        outcome_of("1")
    with pytest.raises(OrderError, match="less than 2"):
        outcome_of("2^1-1")


def test_a_number_too_large_to_test_is_bad_input_at_once() -> None:
    with pytest.raises(OrderError, match="at most"):
        outcome_of("2^3000000001-1")


def test_members_are_tested_by_size_up_to_the_first_composite() -> None:
    result = run_whole(task_of(["3*2^8+1", "5*2^3+1", "3*2^5+1"]))["results"][0]
    largest, smallest, middle = result["members"]
    assert smallest["verdict"] == "prime"
    assert middle["verdict"] == "prime"
    assert largest["verdict"] == "prime"
    result = run_whole(task_of(["3*2^30+1", "3*2^7+1"]))["results"][0]
    assert result["members"][0] is None
    assert result["members"][1]["verdict"] == "composite"


def test_an_interrupted_block_gives_the_same_results() -> None:
    task = task_of(
        ["3*2^2500-1"], ["3*2^5+1", "3*2^7+1"], ["5*2^2403+1"], ["2*3^1500-1"]
    )
    whole = run_whole(task)
    run, restarts = prp.start(task), 0
    while prp.step(run, 0.0) < 1.0:
        run = prp.start(json.loads(json.dumps(task)), prp.state(run))
        restarts += 1
    assert restarts > 20
    again = prp.result(run)
    assert without_times(again["results"]) == without_times(whole["results"])


def test_a_finished_block_can_be_loaded_again() -> None:
    task = task_of(["3*2^5+1"])
    run = prp.start(task)
    assert prp.step(run) == 1.0
    loaded = prp.start(task, prp.state(run))
    assert prp.step(loaded, 0.0) == 1.0
    assert prp.result(loaded)["results"] == prp.result(run)["results"]


def test_the_checkpoint_of_another_block_is_refused() -> None:
    saved = prp.state(prp.start(task_of(["3*2^5+1"])))
    with pytest.raises(CheckpointError):
        prp.start(task_of(["3*2^6+1"]), saved)


def test_a_step_of_a_large_number_ends_on_time() -> None:
    run = prp.start(task_of(["3*2^400000+1"]))
    fraction = prp.step(run, 0.2)
    assert 0.0 < fraction < 1.0
    assert run.seconds < 1.5
    assert run.current == "3*2^400000+1"
    assert prp.step(run, 0.2) > fraction


def test_an_outcome_names_its_kernel_and_the_result_its_program() -> None:
    result = run_whole(task_of(["3*2^100+1"], ["3*2^2500+1"]))
    kernels = [row["members"][0]["kernel"] for row in result["results"]]
    assert kernels == ["gmpy2 powmod", "gmpy2 squaring chain"]
    assert result["software"]["program"] == "darkreach"
    assert result["software"]["kernel"] == "gmpy2 powmod + gmpy2 squaring chain"


def test_a_large_number_is_tested_by_transforms_without_errors() -> None:
    for text, kernel in (("3*2^5003-1", "fft"), ("1100!+1", "montgomery")):
        outcome = outcome_of(text)
        assert outcome["kernel"].startswith(kernel)
        assert outcome["errors"] == {}
        value = number(text).value()
        residue = gmpy2.powmod(outcome["base"], value - 1, value)
        assert int(outcome["res2048"], 16) == residue % 2**2048


def test_a_test_that_began_with_gmp_goes_on_with_transforms(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    task = task_of(["3*2^8003-1"])
    whole = without_times(run_whole(task)["results"])
    with monkeypatch.context() as patch:
        patch.setattr(choice, "SPECIAL_BITS", 10**9)
        patch.setattr(choice, "GENERIC_BITS", 10**9)
        run = prp.start(task)
        prp.step(run, 0.0)
        saved = prp.state(run)
    resumed = prp.start(task, saved)
    while prp.step(resumed) < 1.0:
        pass
    assert without_times(prp.result(resumed)["results"]) == whole


def test_an_empty_block_is_finished_at_once() -> None:
    assert run_whole(task_of())["results"] == []
