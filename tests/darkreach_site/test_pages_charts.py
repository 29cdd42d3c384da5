"""Drawings, expectations and forecasts: the numbers behind them."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from darkreach_site.pages import charts
from darkreach_site.pages.selectors import expectation, pace
from searches.models import Search, SearchFigure

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("largest", "end"), [(0, 1), (0.3, 0.5), (1, 1), (7, 10), (20, 20), (2001, 5000)]
)
def test_an_axis_ends_at_a_round_number(largest: float, end: float) -> None:
    assert charts.top(largest) == pytest.approx(end)


def test_bars_fill_the_drawing_and_no_more() -> None:
    drawn = charts.bars([0, 5, 10], ["a", "b", "c"], [])
    assert [column.height for column in drawn.columns] == [0, 100, 200]
    for column in drawn.columns:
        assert column.y + column.height == charts.HEIGHT
        assert 0 <= column.x <= column.x + column.width <= charts.WIDTH
    assert drawn.ticks == ["10", "5", "0"]


def test_no_values_are_no_bars() -> None:
    assert charts.bars([], [], []).columns == []


def poisson(mean: float, least: int, most: int) -> float:
    """The chance of least..most, from logarithms: slow and obvious."""
    return sum(
        math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))
        for k in range(least, most + 1)
    )


@pytest.mark.parametrize("mean", [0.01, 0.5, 3.0, 25.3, 399.0, 401.0, 5000.0])
def test_the_band_holds_95_percent_and_no_side_is_cut_too_far(mean: float) -> None:
    low, high = expectation.band(mean)
    assert poisson(mean, low, high) >= 0.9495
    if low:
        assert poisson(mean, 0, low - 1) <= 0.0255
    assert poisson(mean, 0, high) >= 0.9745


def test_nothing_expected_is_a_band_of_nothing() -> None:
    assert expectation.band(0.0) == (0, 0)


def figure(notes: list[list[float]], left: float) -> SearchFigure:
    data = {"history": notes, "left": left}
    return SearchFigure(search=Search(), state="running", data=data, made_at=NOW)


def test_a_steady_search_ends_when_its_work_is_done() -> None:
    notes = [[60.0 * i, 1000.0 - 10 * i, 5.0 * i] for i in range(11)]
    found = pace.pace(figure(notes, 900.0))
    assert found is not None
    assert found.tests_per_hour == pytest.approx(300)
    assert found.end.timestamp() == pytest.approx(600 + 900 * 6)
    assert found.earliest == found.latest == found.end


def test_an_unsteady_search_has_a_spread() -> None:
    falls = [10, 2, 14, 4, 12, 9, 11, 3]
    notes, left = [[0.0, 1000.0, 0.0]], 1000.0
    for i, fall in enumerate(falls, 1):
        left -= fall
        notes.append([60.0 * i, left, float(i)])
    found = pace.pace(figure(notes, left))
    assert found is not None
    assert found.earliest is not None
    assert found.latest is not None
    assert found.earliest < found.end < found.latest


@pytest.mark.parametrize(
    ("notes", "left"),
    [
        ([], 10.0),
        ([[0.0, 10.0, 0.0]], 10.0),
        ([[0.0, 10.0, 0.0], [60.0, 10.0, 0.0]], 10.0),
        ([[0.0, 10.0, 0.0], [60.0, 20.0, 0.0]], 20.0),
        ([[0.0, 10.0, 0.0], [60.0, 0.0, 9.0]], 0.0),
        ([[0.0, 1e30, 0.0], [60.0, 1e30 - 1e16, 9.0]], 1e30),
    ],
)
def test_no_end_is_told_without_reason(notes: list[list[float]], left: float) -> None:
    assert pace.pace(figure(notes, left)) is None


def test_what_does_not_run_has_no_end() -> None:
    resting = figure([[0.0, 10.0, 0.0], [60.0, 5.0, 9.0]], 5.0)
    resting.state = "paused"
    assert pace.pace(resting) is None
