"""`darkreach pm1` takes bounds, or finds those that pay."""

from __future__ import annotations

import json

import pytest

from darkreach.cli import main


def test_the_default_bounds_hold_without_a_depth(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["pm1", "2^67-1", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["factor"], answer["b1"], answer["b2"]) == (
        "193707721",
        100_000,
        3_000_000,
    )


def test_bounds_are_chosen_for_a_sieved_number(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["pm1", "2^9973-1", "--sieved-to", "100000", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert 100 < answer["b1"] < answer["b2"] < 10**6


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["3*2^1000+1", "--sieved-to", "1000000"], "no bounds save more"),
        (["2^67-1", "--sieved-to", "1"], "no prime up to there"),
        (["2^67-1", "--sieved-to", "99", "--b1", "50"], "chooses both bounds"),
        (["2^67-1", "--b1", "1"], "at least 2"),
    ],
)
def test_what_makes_no_sense_is_one_clear_line(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pm1", *arguments]) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
