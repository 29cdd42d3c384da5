"""A factor file is believed line by line, after a look at each."""

from __future__ import annotations

import pytest

from darkreach.files import factors
from darkreach.files.lines import FileError, numbered


def read(text: str) -> list[factors.FactorLine]:
    return list(factors.read(numbered(text.splitlines())))


def test_true_factors_are_read() -> None:
    found = read("5 | 3*2^3+1\n\n 7|3*2^4+1 \n13 | 3*2^1000010+1\n")
    assert [(x.line, x.factor, x.number.expression) for x in found[:2]] == [
        (1, 5, "3*2^3+1"),
        (3, 7, "3*2^4+1"),
    ]
    assert pow(2, 1000010, 13) * 3 % 13 == 12
    assert found[2].factor == 13


def test_any_number_may_have_a_factor() -> None:
    (found,) = read("641 | 2^32+1\n")
    assert found.number.mod(641) == 0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("7 | 3*2^3+1\n", "line 1: 7 is no proper factor"),
        ("25 | 3*2^3+1\n", "line 1: 25 is no proper factor"),
        ("13 | 3*2^2+1\n", "line 1: 13 is no proper factor"),
        ("1 | 3*2^3+1\n", "line 1"),
        ("0 | 3*2^3+1\n", "line 1"),
        ("5 | 3*2^3+1\n-5 | 3*2^3+1\n", "line 2: want FACTOR"),
        ("five | 3*2^3+1\n", "line 1: want FACTOR"),
        ("5 3*2^3+1\n", "line 1: want FACTOR"),
        ("5 | 3*2^n+1\n", "line 1"),
        ("5 | 3*2^^3\n", "line 1"),
        ("1" * 1001 + " | 3*2^3+1\n", "line 1: .*digits"),
    ],
)
def test_a_false_or_malformed_line_is_refused_and_named(
    text: str, complaint: str
) -> None:
    with pytest.raises(FileError, match=complaint):
        read(text)


def test_lines_are_shown_as_other_programs_show_them() -> None:
    assert factors.show(5, "3*2^3+1") == "5 | 3*2^3+1"
