"""Who is trusted, by the evidence of thirty days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import transaction

from searches.models import Block, OutboxEvent
from tests.hunts import advance_all, drain, placed
from tests.verification.test_weighing import FIRST
from verification import reliability, standings
from verification.models import Reliability, Residue

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def known(good: float, bad: float, streak: int, age: int = 0) -> reliability.Trust:
    as_of = NOW - timedelta(days=age)
    Reliability.objects.create(host="h", good=good, bad=bad, streak=streak, as_of=as_of)
    return reliability.trust("h", NOW)


@pytest.mark.parametrize(
    ("good", "bad", "streak", "probation"),
    [
        (9, 0, 9, 1.0),
        (10, 0, 10, 0.1),
        (50, 0, 50, 0.02),
        (100, 0, 100, 0.0),
        (95, 5, 100, 1.0),  # not above 0.95
        (96, 4, 100, 0.0),
    ],
)
def test_trust_grows_with_confirmed_tests(
    good: float, bad: float, streak: int, probation: float
) -> None:
    trust = known(good, bad, streak)
    assert trust.probation == pytest.approx(probation)
    assert trust.floor == pytest.approx(0.02)


def test_everything_of_a_doubtful_host_is_repeated() -> None:
    trust = known(79, 21, 79)
    assert {trust.owed() for _ in range(100)} == {"double-checked"}


def test_the_floor_of_repetitions_never_goes_to_zero() -> None:
    trust = known(10_000, 0, 10_000)
    draws = [trust.owed() for _ in range(5_000)]
    assert 40 <= draws.count("double-checked") <= 180
    assert "trust" not in draws


def test_a_new_host_owes_until_it_is_trusted() -> None:
    trust = reliability.trust("nobody", NOW)
    assert set(trust.owed() for _ in range(50)) <= {"trust", "double-checked"}


def learn(lessons: reliability.Lessons, now: datetime) -> None:
    with transaction.atomic():
        reliability.learn(lessons, now)


def some_residue() -> reliability.Standing:
    placed("3*2^n+1", n="1:120")
    drain()
    row = Residue.objects.filter(verdict="composite").order_by("id")[0]
    Reliability.objects.all().delete()
    return replace(
        FIRST, id=row.pk, key=row.key, expression=row.expression, host=row.host
    )


def test_an_error_that_was_proven_takes_all_trust_and_doubts_what_was_done() -> None:
    wrong = some_residue()
    Reliability.objects.create(host=wrong.host, good=200, streak=200, as_of=NOW)
    before = reliability.trust(wrong.host, NOW)
    assert before.probation == 0.0
    lessons = reliability.Lessons(refuted={wrong.id: wrong})
    later = NOW + timedelta(days=20)
    learn(lessons, later)
    row = Reliability.objects.get()
    assert (row.good, row.bad, row.streak) == (0.0, 1.0, 0)
    assert row.quarantined_at is None
    assert reliability.trust(wrong.host, later).floor == 1.0
    # The same lesson is learned once.
    learn(lessons, later)
    assert Reliability.objects.get().bad == 1.0


def test_old_tests_fade_to_a_third_in_thirty_days() -> None:
    known(90, 0, 90, age=30)
    residue = some_residue()
    Reliability.objects.create(
        host=residue.host, good=90, streak=90, as_of=NOW - timedelta(days=30)
    )
    fresh = Residue.objects.filter(confirmation=None, refutation=None)[0]
    lessons = reliability.Lessons(confirmed={fresh.pk: replace(residue, id=fresh.pk)})
    learn(lessons, NOW)
    row = Reliability.objects.get(host=residue.host)
    assert row.good == pytest.approx(90 / 2.71828 + 1, rel=1e-4)


def test_who_hides_a_prime_is_in_quarantine_with_a_reason_until_pardoned(
    capsys: pytest.CaptureFixture[str],
) -> None:
    wrong = some_residue()
    lessons = reliability.Lessons(refuted={wrong.id: wrong}, hiding={wrong.id})
    learn(lessons, NOW)
    report = standings.of(wrong.host, NOW)
    assert report.level == "quarantine"
    assert wrong.expression in report.reason
    event = OutboxEvent.objects.get(kind="host.quarantined")
    assert event.subject == wrong.host
    call_command("reliability")
    assert f"{wrong.host}: in quarantine" in capsys.readouterr().out
    # It gets no work.
    search = placed("5*2^n+1", n="1:200")
    assert drain() == 0
    assert Block.objects.filter(search=search, state="ready").exists()
    call_command("reliability", "--pardon", wrong.host)
    assert "new" in capsys.readouterr().out
    assert drain() > 0
    advance_all()
    search.refresh_from_db()
    assert search.state == "finished"
