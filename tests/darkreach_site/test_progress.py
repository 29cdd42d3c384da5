"""How a hunt looks while it runs, and how its answer looks to people."""

from __future__ import annotations

import pytest

from darkreach_site import progress
from darkreach_site.answers import table
from darkreach_site.progress import Bars, Lines, summary

FUNNEL = {
    "candidates": 1000,
    "factored": 800,
    "composite": 150,
    "primes": 10,
    "probable": 2,
    "disputed": 0,
    "open": 38,
    "not_candidates": 0,
    "duplicates": 0,
}
STAGES = {
    "sieve": {"total": 2.0, "done": 2.0, "seconds": 1.0},
    "pm1": {"total": 0.0, "done": 0.0, "seconds": 0.0},
    "prp": {"total": 4.0, "done": 1.5, "seconds": 9.0},
}


def test_the_summary_names_what_there_is() -> None:
    assert summary(FUNNEL) == (
        "1,000 candidates: 800 factored, 150 composite, 10 primes, 2 probable, 38 open"
    )


def test_lines_appear_only_when_something_changed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    with Lines() as screen:
        for _ in range(3):
            screen.show(STAGES, FUNNEL)
            now += progress.LINE_EVERY
        screen.show(STAGES, {**FUNNEL, "primes": 11, "open": 37})
    seen = capsys.readouterr()
    assert seen.out == ""
    assert len(seen.err.splitlines()) == 2
    assert "prp 1.5/4" in seen.err
    assert "sieve" not in seen.err


def test_bars_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with Bars() as screen:
        screen.show(STAGES, FUNNEL)
        screen.tell("worker: [ended]")
    seen = capsys.readouterr()
    assert seen.out == ""
    assert "worker: [ended]" in seen.err


def test_the_table_lists_the_primes_by_size_and_sums_up() -> None:
    def prime(expression: str, digits: int) -> dict[str, object]:
        return {
            "expression": expression,
            "digits": digits,
            "certificate": "proth",
            "seconds": 0.5,
        }

    text = table(
        [
            {
                "expression": "3*2^n+1",
                "ranges": {"n": "1:99"},
                "candidates": 99,
                "factored": 90,
                "composite": 7,
                "primes": [prime("3*2^66+1", 21), prime("3*2^8+1", 3)],
                "probable": [],
            }
        ]
    )
    lines = text.splitlines()
    assert lines[0].split() == ["prime", "digits", "proof", "seconds"]
    assert lines[1].split() == ["3*2^8+1", "3", "proth", "0.500"]
    assert lines[2].split()[0] == "3*2^66+1"
    assert "2 primes among 99 candidates" in lines[3]
