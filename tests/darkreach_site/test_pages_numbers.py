"""How the pages write numbers, times and formulas."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from darkreach_site.templatetags import show


@pytest.mark.parametrize("value", [0, 7, 1234, 12345, 123456, 1234567, 10**30])
def test_a_grouped_number_is_copied_as_it_is(value: int) -> None:
    assert re.sub(r"<[^>]+>", "", show.grouped(value)) == str(value)


def test_groups_are_of_three_digits_from_the_right() -> None:
    assert re.findall(r"<span>(\d+)</span>", show.grouped(1234567)) == [
        "1",
        "234",
        "567",
    ]


def test_a_formula_raises_exponents_and_escapes_the_rest() -> None:
    assert show.formula("3*2^189-1") == "3·2<sup>189</sup>−1"
    assert show.formula("2^(3^4)+1") == "2<sup>3<sup>4</sup></sup>+1"
    assert show.formula("2^(2*(n+1))") == "2<sup>2·(n+1)</sup>"
    assert "<b>" not in show.formula("<b>")


def test_a_line_has_the_ends_of_long_numbers() -> None:
    assert show.brief("3*2^189-1") == "3*2^189-1"
    assert show.brief("1" * 24 + "*2^n") == "1" * 24 + "*2^n"
    assert show.brief("7" + "1" * 300 + "9*2^n+1, n = 1:60") == (
        "71111111…11111119*2^n+1, n = 1:60"
    )
    assert len(show.brief("2*3+" * 100)) == 120


def test_times_are_in_utc() -> None:
    when = datetime(2026, 5, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert 'datetime="2026-04-30T23:30:00Z"' in show.utc(when)
    assert show.utc(None) == ""
    assert show.utc(datetime(2026, 1, 1, tzinfo=UTC)).count("<span>") == 2


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0.0, ""),
        (0.000001, "under 0.01 ms"),
        (0.00012, "0.12 ms"),
        (0.25, "250 ms"),
        (1.44, "1.4 s"),
        (3.0, "3 s"),
        (200, "3 min 20 s"),
        (600, "10 min"),
        (86_400, "24 h"),
        (18120, "5 h 2 min"),
        (370_800, "4 d 7 h"),
    ],
)
def test_durations_have_two_units_at_most(seconds: float | None, words: str) -> None:
    assert show.duration(seconds) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [(0, "0 %"), (1, "100 %"), (0.0283, "2.8 %"), (0.00012, "0.012 %")],
)
def test_shares_have_as_many_places_as_they_need(share: float, words: str) -> None:
    assert show.percent(share) == words
