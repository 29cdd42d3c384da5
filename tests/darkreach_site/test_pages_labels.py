"""Addresses of primes: readable, permanent, and no two numbers with one."""

from __future__ import annotations

import string
from urllib.parse import quote

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from darkreach.expression.labels import LONGEST, expression, label

ASCII = st.text(alphabet=st.characters(max_codepoint=127), max_size=60)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("3*2^189+1", "3x2_189+1"),
        ("2^127-1", "2_127-1"),
        ("(2^31+1)/3", "(2_31+1):3"),
        ("31#-1", "31h-1"),
        ("27!+1", "27!+1"),
        ("x_~h:", "~78~5f~7e~68~3a"),
    ],
)
def test_a_label_reads_like_its_expression(text: str, written: str) -> None:
    assert label(text) == written
    assert expression(written) == text


@given(ASCII)
def test_every_text_comes_back_from_its_label(text: str) -> None:
    assert expression(label(text)) == text


@given(ASCII)
def test_a_label_stands_in_an_address_as_it_is(text: str) -> None:
    assert quote(label(text), safe=string.punctuation) == label(text)
    assert not set(label(text)) & set("/?#%&*'\" <>")


@given(st.text(alphabet="0123456789abxh_:~+-!()", max_size=12))
def test_no_text_has_two_labels(written: str) -> None:
    try:
        text = expression(written)
    except ValueError:
        return
    assert label(text) == written


@pytest.mark.parametrize("bad", ["~zz", "3*2^5", "3X2", "~", "~4", "~30", "1" * 2001])
def test_what_is_no_label_is_refused(bad: str) -> None:
    assert len(bad) > LONGEST or len(bad) < 10
    with pytest.raises(ValueError):
        expression(bad)


def test_addresses_are_made_of_expressions() -> None:
    assert reverse("prime", args=["3*2^189+1"]) == "/primes/3x2_189+1"
