"""The self-test: enough vectors, all of them right, and a wrong one is noticed."""

from __future__ import annotations

import pytest

from darkreach import selftest
from darkreach.selftest import Vector


def test_more_than_300_known_answers_agree_within_a_minute() -> None:
    seen: list[tuple[int, int]] = []
    report = selftest.run(lambda done, total: seen.append((done, total)))
    assert report.failed == []
    assert report.counts.total() >= 300
    assert report.seconds < 60
    assert set(report.counts) == {
        *("residue", "prime", "composite", "factor", "certificate")
    }
    assert seen[-1] == (report.counts.total(), report.counts.total())


def test_a_wrong_answer_and_an_exception_are_failures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def vectors() -> list[Vector]:
        return [
            Vector("residue", "right", lambda: True),
            Vector("residue", "wrong", lambda: False),
            Vector("factor", "raising", lambda: 1 // 0 == 0),
        ]

    monkeypatch.setattr(selftest, "vectors", vectors)
    report = selftest.run()
    assert report.counts == {"residue": 2, "factor": 1}
    assert len(report.failed) == 2
    assert "wrong answer" in report.failed[0]
    assert "ZeroDivisionError" in report.failed[1]


def test_a_changed_residue_would_fail() -> None:
    rows = selftest._table("residues.csv")
    assert selftest._residue(rows[0])
    assert not selftest._residue(rows[0] | {"res64_prst": "0123456789ABCDEF"})
    assert not selftest._residue(rows[0] | {"base": "5"})
