"""What the schedule counts is what a count from the start would say."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from fleet import figures, tallies
from fleet.models import Figure, Hour
from searches import figures as of_search
from searches.funnel import funnel
from searches.models import Factor, Search, SearchFigure
from tests import hunts
from verification.models import Prime, Residue

NOW = datetime(2026, 1, 2, 3, 30, tzinfo=UTC)


def rounds(count: int, start: datetime = NOW) -> datetime:
    for number in range(count):
        figures.refresh(start + timedelta(seconds=10 * number))
    return start + timedelta(seconds=10 * count)


@pytest.fixture
def hunted(db: None) -> Search:
    search = hunts.placed("3*2^n+1", n="1:200")
    hunts.drain()
    search.refresh_from_db()
    return search


def test_tallies_equal_counts(hunted: Search) -> None:
    rounds(2)
    counts = tallies.read("residues", "primes", "factors", "nonsense")
    found = Counter(Residue.objects.values_list("role", "verdict"))
    assert counts["residues"] == {(*k, "no"): n for k, n in found.items()}
    assert counts["primes"] == {("proth",): Prime.objects.count()}
    assert sum(counts["factors"].values()) == Factor.objects.count()
    assert counts["nonsense"] == {}


def test_only_new_rows_are_read(hunted: Search) -> None:
    now = rounds(2)
    before = tallies.read("primes")
    hunts.placed("5*2^n+1", n="1:100")
    hunts.drain()
    # Rows of the last moment wait for the next round.
    rounds(1, now)
    assert tallies.read("primes") == before
    rounds(1, now + timedelta(seconds=10))
    assert tallies.read("primes")["primes"][("proth",)] == Prime.objects.count()


def test_what_came_too_late_is_counted_the_next_day(hunted: Search) -> None:
    now = rounds(3)
    figure = Figure.objects.get(name="tally:primes")
    figure.data["counts"] = [["proth", 1]]
    figure.save()
    rounds(1, now)
    assert tallies.read("primes")["primes"][("proth",)] == 1
    rounds(1, NOW + timedelta(days=1))
    assert tallies.read("primes")["primes"][("proth",)] == Prime.objects.count()


def test_figures_of_a_search_agree_with_its_funnel(hunted: Search) -> None:
    waiting = hunts.placed("7*2^n+1", n="1:150")
    for search in (hunted, waiting):
        figure, counts = of_search.refresh(search, NOW), funnel(search)
        for name in ("factored", "composite", "primes", "probable", "disputed", "open"):
            assert getattr(figure, name) == counts[name], name
    assert 0 < SearchFigure.objects.get(pk=hunted.pk).expected < 60


def test_a_search_is_counted_when_it_changes_and_seldom_when_it_rests(
    hunted: Search,
) -> None:
    now = rounds(1)
    assert of_search.due(now) == []
    assert of_search.due(now + timedelta(hours=2)) == [hunted]
    running = hunts.placed("7*2^n+1", n="1:150")
    assert of_search.due(now) == [running]
    of_search.refresh(running, now)
    assert of_search.due(now + timedelta(seconds=9), every=10) == []
    assert of_search.due(now + timedelta(seconds=11), every=10) == [running]
    SearchFigure.objects.filter(pk=running.pk).update(seconds=2.0)
    assert of_search.due(now + timedelta(seconds=39), every=10) == []
    assert of_search.due(now + timedelta(seconds=41), every=10) == [running]


def test_sums_of_the_site_add_up(hunted: Search) -> None:
    running = hunts.placed("7*2^n+1", n="1:150")
    rounds(2)
    site = figures.site()
    assert site["primes"] == Prime.objects.count()
    assert site["tests"] == Residue.objects.count()
    assert site["settled"] == 200
    assert site["open"] == running.candidate_count
    assert site["searches"] == {"running": 1, "finished": 1}
    assert site["waiting"] == {"sieve": 1}
    assert site["forms"]["proth"]["searches"] == 2


def test_an_hour_has_one_row_and_old_ones_go(hunted: Search) -> None:
    rounds(2)
    rounds(1, NOW + timedelta(hours=1))
    first, second = Hour.objects.order_by("start")
    assert second.start - first.start == timedelta(hours=1)
    assert first.tests == second.tests == Residue.objects.count()
    rounds(1, NOW + timedelta(days=500))
    assert Hour.objects.count() == 1


def test_a_history_is_thinned_and_keeps_its_ends(db: None) -> None:
    search = hunts.placed("7*2^n+1", n="1:150")
    for minute in range(200):
        figure = of_search.refresh(search, NOW + timedelta(minutes=minute))
    times = [point[0] for point in figure.data["history"]]
    assert times[0] == NOW.timestamp()
    assert times == sorted(times)
    assert 20 <= len(times) <= 49
    assert times[-1] >= (NOW + timedelta(minutes=190)).timestamp()
