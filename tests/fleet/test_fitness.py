"""A host that computes wrong takes no work and says why."""

from __future__ import annotations

import json
import logging
import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gmpy2
import pytest
from django.conf import settings

from darkreach import selftest
from fleet import fitness, heart, obedience, roster, runner
from fleet.board import board
from fleet.hosts import Row
from fleet.models import Lease
from searches.models import Block
from tests.hunts import placed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """An own home folder with the self-test on; the broadcasts that were sent."""
    sent: list[str] = []
    monkeypatch.setattr(settings, "HOME", tmp_path)
    monkeypatch.setattr(settings, "SELF_TEST", True)
    monkeypatch.setattr(fitness, "_good_until", 0.0)
    monkeypatch.setattr(obedience, "_consume", lambda wanted: sent.append(str(wanted)))
    yield sent
    board.paused = False


def few(full: bool = False) -> Iterator[selftest.Vector]:
    """A part of the real vectors, of every group."""
    seen: dict[str, int] = {}
    for vector in REAL(full):
        seen[vector.group] = seen.get(vector.group, 0) + 1
        if seen[vector.group] <= 2 and vector.group != "prime":
            yield vector


REAL = selftest.vectors


def wrong_powers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose GMP gets long powers wrong."""
    right = gmpy2.powmod

    def powmod(base: Any, exponent: Any, modulus: Any) -> Any:
        found = right(base, exponent, modulus)
        return found ^ 1 if gmpy2.mpz(modulus).bit_length() > 64 else found

    monkeypatch.setattr(gmpy2, "powmod", powmod)


def test_a_host_that_computes_right_works_and_is_asked_once_a_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(selftest, "vectors", few)
    search = placed("3*2^n+1", n="1:50")
    runner.work("sieve")
    assert Block.objects.get(search=search, stage="sieve").state == "done"
    assert fitness.reason() == ""
    kept = sorted((Path(settings.HOME) / "selftest").glob("*.json"))
    assert len(kept) == fitness.PARTS
    monkeypatch.setattr(fitness, "_compute", lambda part: pytest.fail("asked again"))
    monkeypatch.setattr(fitness, "_good_until", 0.0)
    assert fitness.fit()


def test_a_host_that_computes_wrong_takes_no_lease_and_says_why(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fresh: list[str],
) -> None:
    monkeypatch.setattr(selftest, "vectors", few)
    search = placed("3*2^n+1", n="1:50")
    with monkeypatch.context() as broken:
        wrong_powers(broken)
        with caplog.at_level(logging.ERROR):
            assert runner.work("sieve") == 0
    assert not Lease.objects.exists()
    assert Block.objects.get(search=search, stage="sieve").state == "ready"
    assert "takes no work: the self-test failed" in caplog.text
    assert board.paused
    assert fresh == ["False"]
    said = heart.describe()
    present = roster._present(roster.line_of({"doing": [], **said}) + "\t0", 0)
    assert present.state == "unfit"
    assert present.current.startswith("the self-test failed on")
    assert Row("here", [present]).state == "unfit"

    # Mended, resumed and asked again after a while, it works.
    board.paused = False
    assert runner.work("sieve") == 0, "a bad result holds for a minute"
    board.paused = False
    fitness.forget_failures()
    runner.work("sieve")
    assert Block.objects.get(search=search, stage="sieve").state == "done"


@pytest.mark.parametrize("change", ["a day later", "other program", "torn"])
def test_a_result_does_not_hold_for_ever(
    monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    monkeypatch.setattr(selftest, "vectors", lambda full: iter(()))
    assert fitness.fit()
    for path in (Path(settings.HOME) / "selftest").glob("*.json"):
        record = json.loads(path.read_text())
        if change == "a day later":
            record["at"] -= fitness.GOOD_FOR
        elif change == "other program":
            record["of"]["version"] = "0.0.1"
        text = json.dumps(record)
        path.write_text(text[:20] if change == "torn" else text)
    computed: list[int] = []
    monkeypatch.setattr(fitness, "_good_until", 0.0)
    monkeypatch.setattr(fitness, "_compute", computed.append)
    assert not fitness.fit()
    assert computed == [*range(fitness.PARTS), *range(fitness.PARTS)]


def test_a_worker_that_is_to_stop_leaves_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stopping = fitness.stopping
    monkeypatch.setattr(selftest, "vectors", few)
    stopping.set()
    try:
        assert not fitness.fit()
    finally:
        stopping.clear()
    assert fitness.reason() == ""
    assert not list((Path(settings.HOME) / "selftest").glob("*.json"))


def _one_process(barrier: Any, counts: Any) -> None:
    computed = 0
    compute = fitness._compute

    def counting(part: int) -> None:
        nonlocal computed
        computed += 1
        compute(part)

    fitness._compute = counting
    selftest.vectors = few
    barrier.wait()
    assert fitness.fit()
    counts.put(computed)


def test_processes_of_one_home_share_the_work() -> None:
    context = multiprocessing.get_context("fork")
    barrier, counts = context.Barrier(2), context.Queue()
    both = [
        context.Process(target=_one_process, args=(barrier, counts)) for _ in range(2)
    ]
    for each in both:
        each.start()
    computed = [counts.get(timeout=60) for _ in both]
    for each in both:
        each.join()
    assert sum(computed) == fitness.PARTS
    assert min(computed) > 0
