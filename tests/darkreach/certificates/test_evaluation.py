"""The verifier's own reader of expressions against Python's."""

from __future__ import annotations

import pytest

from darkreach.certificates.evaluation import evaluate
from darkreach.errors import CertificateError
from darkreach.forms import number

READ = [
    *("7", "3*2^5+1", "2^61-1", "(2^7+1)/3", "10-3-2", "2*3^4*5", "(1+2)*(3+4)"),
    *("100-2^3*5/4", "(2^3)^2", "2^(3+1)", "5!+1", "7#-1", "12/4/3"),
    *("((-2)^7-1)/(-3)", "(-3)^4+2", "-2^2+7", "-(2-9)", "(-1)^99+3", "(-5)^0"),
]
REFUSED = [
    *(
        "",
        "3*",
        "3**2",
        "2^3^4",
        "x+1",
        "(1+2",
        "1+2)",
        "7/2",
        "1/0",
        "2^(1-5)",
        "-3",
        "2-3",
    ),
    *("--3", "2*-3", "2^-1", "(-)+1", "-"),
    *(
        "5!0",
        "5!2!",
        "5#!",
        "(0-5)!",
        "5!-3!!2",
        "3 + 4",
        "٣+1",
        "9" * 20_000,
        "(" * 100 + "1" + ")" * 100,
    ),
    *("2^99999999", "99999999!", "99999999#", "2^(2^(2^99))", "0^(9^9^9)"),
    "0^" + "9" * 500,
]


@pytest.mark.parametrize("text", READ)
def test_an_expression_has_its_usual_value(text: str) -> None:
    python = text.replace("^", "**").replace("/", "//")
    python = python.replace("5!", "120").replace("7#", "210")
    assert evaluate(text, 1000) == eval(python)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9!!+1", 946),
        ("9!2", 945),
        ("11!3-1", 11 * 8 * 5 * 2 - 1),
        ("7!!!", 28),
        ("0!", 1),
        ("1#", 1),
        ("(2+3)!2*5#", 15 * 30),
        ("30!-1", 265252859812191058636308479999999),
        ("3!5", 3),
    ],
)
def test_factorials_and_primorials_have_the_values_of_pfgw(
    text: str, value: int
) -> None:
    assert evaluate(text, 1000) == value == number(text).value()


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_number_or_too_large_is_refused(text: str) -> None:
    with pytest.raises(CertificateError):
        evaluate(text, 1000)


@pytest.mark.parametrize(
    "text",
    ["3*2^5+1", "12*5^7-1", "(2^7+1)/3", "10^20+39", "(-3)^36+2", "((-7)^3-1)/(-8)"],
)
def test_both_readers_of_the_program_agree(text: str) -> None:
    form = number(text)
    assert evaluate(form.expression, 1000) == form.value()
