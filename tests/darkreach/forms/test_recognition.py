from __future__ import annotations

import re
from itertools import product

import pytest

from darkreach import forms
from darkreach.expression import evaluate, parse, variables
from darkreach.forms import Formula
from darkreach.forms.reading import Unlike, read

SPELLINGS = {
    "3*2^n+1": "3*2^n+1",
    "1+2^n*3": "3*2^n+1",
    "-1+2^n*3": "3*2^n-1",
    "(2*3^n)+1": "2*3^n+1",
    "3*5*2^n+1": "15*2^n+1",
    "2^(n+2)+1": "2^(n+2)+1",
    "4*2^n+1": "2^(n+2)+1",
    "6*4^n-1": "3*2^(2*n+1)-1",
    "27*8^n-1": "27*2^(3*n)-1",
    "6*36^n+1": "6^(2*n+1)+1",
    "2^(2n+1)*5-1": "5*2^(2*n+1)-1",
    "2^(n-1)+1": "2^(n-1)+1",
    "k*b^n+1": "k*b^n+1",
    "b^n*k-1": "k*b^n-1",
    "k*2^50+1": "k*2^50+1",
    "2*k*2^50+1": "k*2^51+1",
    "2*(k*2^50-1)+1": "k*2^51-1",
    "3*(2*(k*2^5)-2)+5": "3*k*2^6-1",
    "(6k+3)*2^50+1": "(6*k+3)*2^50+1",
    "(6k+4)*2^50+1": "(3*k+2)*2^51+1",
    "(k+10^3)*2^n+1": "(k+1000)*2^n+1",
    "(k+2^5-1)*2^n+1": "(k+31)*2^n+1",
    "(100-k)*2^n+1": "(100-k)*2^n+1",
    "2^(10-n)+1": "2^(10-n)+1",
    "3*b^5+1": "3*b^5+1",
    "(2b)^5+1": "(2*b)^5+1",
    "(b+1)^n+1": "(b+1)^n+1",
    "2^n*3^n*5+1": "5*6^n+1",
    "2^n*2^k+1": None,
    "2^3*2^n+1": "2^(n+3)+1",
    "2^n*4^(2n+1)+1": "2^(5*n+2)+1",
    "(2^n)^3*7+1": "7*2^(3*n)+1",
    "(2^3)^n+1": "2^(3*n)+1",
    "(2^5-1)^n+1": "31^n+1",
    "2^4*3^5*5^n+1": "3888*5^n+1",
    "2^50*b^3+1": "1125899906842624*b^3+1",
    "6*2^n/3+1": "2^(n+1)+1",
    "12/3*5^n+1": "4*5^n+1",
    "2^n+5-4": "2^n+1",
    "3^100*2^10+1": "1024*3^100+1",
    "p*2^p+1": "p*2^p+1",
    "n*2^n-1": "n*2^n-1",
    "2^n*n+1": "n*2^n+1",
    "(n+1)*6^(2n)-1": "(n+1)*6^(2*n)-1",
    "2n*2^n+1": "n*2^(n+1)+1",
    "n*b^n+1": "n*b^n+1",
}


@pytest.mark.parametrize(("text", "canonical"), SPELLINGS.items())
def test_the_form_is_found_in_every_spelling(text: str, canonical: str | None) -> None:
    (node,) = parse(text)
    family = forms.recognise(node)
    if canonical is None:
        assert family is None
        return
    assert family is not None
    folded = family.folded()[0]
    assert folded.text == canonical
    assert forms.recognise(parse(canonical)[0]) == folded
    assert folded.folded() == (folded, None)
    names = sorted(variables(node))
    for values in product((2, 3, 8), repeat=len(names)):
        assignment = dict(zip(names, values, strict=True))
        assert folded.member(assignment).value() == evaluate(node, assignment)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("n^n+1", "n stands in the base and in another place"),
        ("k*m*2^n+1", "product of k and m"),
        ("k*k*2^5+1", "product of k"),
        ("(k+m)*2^5+1", "two variables"),
        ("2^(n^2)+1", "power of a variable"),
        ("2^n+3^n", "two powers"),
        ("2^n*3^k+1", "two different powers"),
        ("2^n+3", "3, not 1 or -1"),
        ("2^n", "0, not 1 or -1"),
        ("2^n+k", "k is added"),
        ("2k+1", "no power"),
        ("n!+1", "other forms"),
        ("p#-1", "other forms"),
        ("(2^p+1)/3", "divided"),
        ("(2^n-1)^2-2", "power of a product or of a sum"),
        ("(2^n+1)*(2^n-1)+1", "two different powers"),
        ("2^n*3^(10^6)+1", "two different powers"),
        (
            "*".join(f"{p}^3000" for p in range(3, 400, 2)) + "*2^n+1",
            "different powers",
        ),
        ("3" * 9_900 + "^4*2^n+1", "different powers"),
    ],
    ids=lambda text: text[:20],
)
def test_another_form_is_a_formula_and_it_is_known_why(text: str, why: str) -> None:
    (node,) = parse(text)
    assert forms.recognise(node) is None
    with pytest.raises(Unlike, match=re.escape(why)):
        read(node)
    formula = forms.family(node)
    assert isinstance(formula, Formula)
    assert formula.variables == variables(node)
    assert parse(formula.text) == [node]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("3*2^n+1", None),
        ("12*2^n+1", "k = 12 is even: 12*2^n+1 = 3*2^(n+2)+1"),
        ("18*3^n-1", "k = 18 is divisible by 3: 18*3^n-1 = 2*3^(n+2)-1"),
        ("5*4^n+1", "b = 4 is a perfect power: 5*4^n+1 = 5*2^(2*n)+1"),
        (
            "6*4^n-1",
            "b = 4 is a perfect power and k = 6 is even: 6*4^n-1 = 3*2^(2*n+1)-1",
        ),
    ],
)
def test_a_normalisation_is_said(text: str, note: str | None) -> None:
    assert forms.family(parse(text)[0]).folded()[1] == note
