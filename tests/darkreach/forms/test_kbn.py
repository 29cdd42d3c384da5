from __future__ import annotations

import gmpy2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from darkreach import forms
from darkreach.errors import ExpressionError
from darkreach.expression import evaluate, parse
from darkreach.forms import Kbn, Plain
from darkreach.forms.kbn import root

kbns = st.builds(
    Kbn,
    st.integers(1, 10**6) | st.integers(0, 40).map(lambda e: 2**e) | st.just(10**30),
    st.integers(2, 40) | st.sampled_from((64, 100, 1000, 2**20, 10**18)),
    st.integers(0, 60) | st.integers(0, 2000),
    st.sampled_from((1, -1)),
)


def decimal_length(value: int) -> int:
    return len(gmpy2.mpz(value).digits())


@given(kbns)
@settings(deadline=None)
def test_the_value_is_what_it_says(number: Kbn) -> None:
    assert number.value() == number.k * number.b**number.n + number.c
    assert number.mod(10**9 + 7) == number.value() % (10**9 + 7)


@given(kbns)
@settings(deadline=None)
def test_normalising_keeps_the_number(number: Kbn) -> None:
    normal = number.normalised()
    assert normal.value() == number.value()
    assert not gmpy2.is_power(normal.b)
    assert normal.k % normal.b
    assert normal.normalised() == normal


@given(kbns)
@settings(deadline=None)
def test_its_expression_is_read_back_as_the_same_number(number: Kbn) -> None:
    assert forms.number(number.expression) == number.normalised()
    assert evaluate(parse(number.expression)[0], {}) == number.value()
    assert number.shown("pfgw") == number.shown("pari") == number.expression


@given(kbns)
@example(Kbn(1, 10, 5, 1))
@example(Kbn(1, 10, 5, -1))
@example(Kbn(99999, 10, 0, 1))
@example(Kbn(5, 3, 1, 1))
@example(Kbn(1, 3, 2, -1))
@example(Kbn(1, 2, 0, 1))
@example(Kbn(1, 2, 0, -1))
@example(Kbn(1, 7, 0, -1))
@example(Kbn(10**30 - 1, 2, 0, 1))
@example(Kbn(2**200 - 1, 3, 0, 1))
@settings(deadline=None)
def test_the_lengths_are_exact(number: Kbn) -> None:
    assert number.digits == decimal_length(number.value())
    assert number.bits == max(int(number.value()).bit_length(), 1)


def test_the_digits_of_powers_of_ten_need_no_number() -> None:
    assert Kbn(1, 10, 10**9, 1).digits == 10**9 + 1
    assert Kbn(1, 10, 10**9, -1).digits == 10**9
    assert Kbn(100, 10, 10**9, -1).digits == 10**9 + 2
    assert Kbn(1, 2, 4 * 10**9, -1).bits == 4 * 10**9


def test_the_digits_of_a_record_are_those_published() -> None:
    assert Kbn(10223, 2, 31172165, 1).digits == 9383761
    assert Kbn(1, 465859, 1048576 * 2, 1).digits == 11887192


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Kbn(3, 2, 5, 1), "3*2^5+1"),
        (Kbn(1, 2, 5, 1), "2^5+1"),
        (Kbn(12, 2, 1, -1), "3*2^3-1"),
        (Kbn(6, 4, 10, 1), "3*2^21+1"),
        (Kbn(6, 36, 2, 1), "6^5+1"),
        (Kbn(3, 2, 0, 1), "3*2^0+1"),
    ],
)
def test_the_canonical_text(number: Kbn, text: str) -> None:
    assert number.expression == text


@pytest.mark.parametrize(
    "parameters",
    [(0, 2, 1, 1), (1, 1, 1, 1), (1, 2, -1, 1), (1, 2, 1, 3), (-1, 2, 1, 1)],
)
def test_parameters_out_of_range_are_refused(
    parameters: tuple[int, int, int, int],
) -> None:
    with pytest.raises(ExpressionError, match="needs k >= 1"):
        Kbn(*parameters)


def test_a_number_too_large_for_memory_is_never_built() -> None:
    number = Kbn(3, 2, 10**12, 1)
    assert len(number.key) == 32
    with pytest.raises(ExpressionError, match="too large"):
        number.value()


def test_roots_are_whole_and_no_powers() -> None:
    for b in range(2, 3000):
        r, e = root(b)
        assert r**e == b
        assert all(r != x**y for x in range(2, 55) for y in range(2, 12))
    assert root(2**60) == (2, 60)
    assert root(12**15) == (12, 15)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("97", 97),
        ("(2^61+1)/3", (2**61 + 1) // 3),
        ("5!+1", 121),
        ("1-2^3+10", 3),
        ("3*1^5+1", 4),
        ("2^5", 32),
        ("0", 0),
    ],
)
def test_any_other_number_is_a_plain_one(text: str, value: int) -> None:
    number = forms.number(text)
    assert isinstance(number, Plain)
    assert number.value() == value
    assert number.expression == text
    assert number.key == f"{value:032x}"
    assert number.digits == len(str(value))
    assert number.bits == value.bit_length()
    assert number.mod(7) == value % 7


def test_a_plain_number_may_be_long() -> None:
    number = forms.number("9" * 5000)
    assert number.digits == 5000
    assert number.expression == "9" * 5000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3*2^n+1", "n is a variable"),
        ("3*2^5+-1", "several"),
        ("7/2", "remainder"),
        ("1-2^5", "negative"),
        ("2^(10^9)+3", "bits"),
        ("3*2^(10^12)+1", "bits"),
        ("9^9^9", "tower"),
    ],
)
def test_what_is_no_number_is_refused(text: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        forms.number(text)
