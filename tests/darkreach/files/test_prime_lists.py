"""Lists of t5k.org and b-files of the OEIS, in and out."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkreach.files.lines import FileError, numbered
from darkreach.files.prime_lists import (
    Listed,
    bfile_lines,
    read_bfile,
    read_t5k,
    t5k_lines,
)

#: As t5k.org has it, apart from the second entry's comment.
LIST = """\
-----  ------------------------------- -------- ----- ---- --------------
 rank  description                     digits   who   year comment
-----  ------------------------------- -------- ----- ---- --------------
    7d Phi(3,-465859^1048576)          11887192 L4561 2023 Generalized unique
   10  10223*2^31172165+1               9383761 SB12  2016
"""
#: The rule of the OEIS for a line.
TERM = re.compile(r"^((?:-?[1-9][0-9]*)|0) ((?:-?[1-9][0-9]*)|0)$")


def entries(text: str) -> list[Listed]:
    lines = numbered(text.splitlines())
    return [entry for _, entry in read_t5k(lines) if entry is not None]


def test_the_columns_of_t5k_are_met_to_the_letter() -> None:
    first, second = entries(LIST)
    assert (first.rank, first.new, first.digits) == (7, True, 11887192)
    assert first.comment == "Generalized unique"
    assert second == Listed(10, "10223*2^31172165+1", 9383761, "SB12", 2016)
    written = "".join(t5k_lines([first, second]))
    assert written == LIST.replace("7d", "7n")


@given(
    st.lists(
        st.builds(
            Listed,
            rank=st.integers(1, 10**6),
            description=st.from_regex(r"[0-9*^+#!()-]{1,80}", fullmatch=True),
            digits=st.integers(1, 10**8),
            who=st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,6}", fullmatch=True),
            year=st.integers(1000, 2999),
            comment=st.from_regex(r"([a-z]+( [a-z]+)?)?", fullmatch=True),
            new=st.booleans(),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_what_is_written_is_read_again(primes: list[Listed]) -> None:
    assert entries("".join(t5k_lines(primes))) == primes


def test_a_file_that_is_no_list_is_refused() -> None:
    with pytest.raises(FileError, match="rank description"):
        entries("<html>\nno list\n")


@pytest.mark.parametrize(
    "line",
    [
        "   11  3*2^2+1 2 X1",
        "   11a 3*2^2+1 two X1 2020",
        "   11  3*2^2+1 2 X1 20",
        "   11  3*2^2+1 \u0662 X1 2020",
        "12345678901  3*2^2+1 2 X1 2020",
    ],
)
def test_a_broken_entry_is_named_and_the_others_are_read(line: str) -> None:
    text = f"{LIST}{line}\n   12  13 2 X1 2020\nThe end.\n"
    found = list(read_t5k(numbered(text.splitlines())))
    assert [number for number, entry in found if entry is None] == [6]
    assert [entry.rank for _, entry in found if entry] == [7, 10, 12]


def test_a_b_file_follows_its_rule() -> None:
    text = "".join(bfile_lines([1, 2, 5, 6, 8], comments=["3*2^n+1"]))
    assert text == "# 3*2^n+1\n1 1\n2 2\n3 5\n4 6\n5 8\n"
    assert text.endswith("\n") and text.isascii() and "\r" not in text
    for line in text.splitlines()[1:]:
        assert TERM.match(line)


@given(st.lists(st.integers(-(10**30), 10**30)), st.integers(-3, 10**6))
def test_terms_come_back(values: list[int], offset: int) -> None:
    lines = list(bfile_lines(values, offset))
    assert all(TERM.match(line.removesuffix("\n")) for line in lines)
    assert [value for _, value in read_bfile(numbered(lines))] == values


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1 2\n3 4\n", "does not follow"),
        ("1  2\n", "want"),
        ("1 02\n", "want"),
        ("1 2 3\n", "want"),
        ("1 " + "9" * 1001 + "\n", "more than"),
        ("# a\n\n1 2\n2 -0\n", "line 4: want"),
        ("1 \u0662\n", "line 1: want"),
    ],
)
def test_a_b_file_that_breaks_its_rule_is_refused(text: str, reason: str) -> None:
    with pytest.raises(FileError, match=reason):
        list(read_bfile(numbered(text.splitlines())))


def test_a_comment_is_one_line() -> None:
    with pytest.raises(ValueError, match="one line"):
        list(bfile_lines([1], comments=["a\n1 2"]))
