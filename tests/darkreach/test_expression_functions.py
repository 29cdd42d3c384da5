"""R(n) and Phi(n,x) are read as PFGW and t5k.org mean them."""

from __future__ import annotations

import cypari
import pytest

from darkreach import forms
from darkreach.errors import ExpressionError
from darkreach.expression import evaluate, parse, show
from darkreach.forms.shapes import form_of


def value(text: str) -> int:
    (node,) = parse(text)
    return int(evaluate(node, {}))


@pytest.mark.parametrize("x", [2, 3, -2, -10])
def test_cyclotomic_polynomials_are_those_of_pari(x: int) -> None:
    for n in [*range(1, 120), 385, 1001, 1155, 2310]:
        expected = int(cypari.pari(f"polcyclo({n},{x})"))
        assert value(f"Phi({n},{x})") == expected, n


def test_repunits_have_the_digit_one_only() -> None:
    for n in range(1, 30):
        assert value(f"R({n})") == int("1" * n)
        for b in (2, 3, 7):
            assert value(f"R({n},{b})") == (b**n - 1) // (b - 1)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("R(p)", "(10^p-1)/9"),
        ("R(p,2)", "2^p-1"),
        ("Phi(3,10^n)", "10^(2*n)+10^n+1"),
        ("phi(6, b^4)", "b^8-b^4+1"),
        ("Phi(3,-46^1024)", "46^2048-46^1024+1"),
        ("Phi(2,n!)", "n!+1"),
        ("2R(7)+1", "2*((10^7-1)/9)+1"),
    ],
)
def test_functions_are_written_out(text: str, shown: str) -> None:
    (node,) = parse(text)
    assert show(node) == shown
    assert parse(shown) == [node]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Phi(n,2)", "n is a whole number from 1"),
        ("Phi(0,2)", "n is a whole number from 1"),
        ("Phi(3)", "R\\(n\\), R\\(n,b\\) and Phi\\(n,x\\)"),
        ("R(1,2,3)", "R\\(n\\), R\\(n,b\\) and Phi\\(n,x\\)"),
        ("F(7)", "F is none of them"),
        ("Phi(2,3", "never closed"),
        ("R", "small letters"),
        ("R()", "a number or variable is missing"),
        ("R(3))", "no opening one"),
    ],
)
def test_other_functions_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(ExpressionError, match=complaint):
        parse(text)


def test_functions_take_the_roads_of_their_forms() -> None:
    names = {"R(p)": "repunit", "R(p,2)": "Mersenne", "Phi(3,10^n)": "near-repdigit"}
    for text, name in names.items():
        assert form_of([forms.family(parse(text)[0])]).name == name


def test_t5k_has_a_word_for_repunits() -> None:
    for text in ("(10^1031-1)/9", "R(1031)"):
        assert show(parse(text)[0], "t5k") == "R(1031)"
    assert show(parse("(10^31-1)/3")[0], "t5k") == "(10^31-1)/3"
    assert show(parse("(3^31-1)/2")[0], "t5k") == "(3^31-1)/2"
