"""Named forms are recognised by their shape, and what algebra knows of N-1 and N+1 is
true."""

from __future__ import annotations

import gmpy2
import pytest

from darkreach import forms
from darkreach.expression import evaluate, parse
from darkreach.forms.neighbours import neighbour_pieces
from darkreach.forms.shapes import form_of
from darkreach.forms.single import Spelled
from darkreach.forms.sparse import cyclotomic, pieces, read_sparse

NAMES = {
    "n!+1": "factorial",
    "1+n!": "factorial",
    "(2n+1)!!-1": "factorial",
    "n!5+1": "factorial",
    "p#-1": "primorial",
    "n*2^n+1": "Cullen or Woodall",
    "(n+1)*b^(n+1)-1": "Cullen or Woodall",
    "b^64+1": "generalized Fermat",
    "(2b)^2+1": "generalized Fermat",
    "2^p-1": "Mersenne",
    "(2^p+1)/3": "Wagstaff",
    "(1+2^p)/3": "Wagstaff",
    "(10^p-1)/9": "repunit",
    "(b^p-1)/(b-1)": "repunit",
    "(3^p-1)/2": "repunit",
    "(2^n-1)^2-2": "Carol or Kynea",
    "(b^n+1)^2-2": "Carol or Kynea",
    "3*2^n+1": "Proth",
    "2^n-1": "Mersenne",
    "b^12+1": "power of another base",
    "b^8-1": "power of another base",
    "2*b^8+1": "power of another base",
    "n*2^(n+1)+1": "Proth",
    "n!+2": "free",
    "2*n!+1": "free",
    "p#+p": "free",
    "(2^p+1)/2": "free",
    "(2^n+1)/3": "free",
    "(10^p-1)/3": "free",
    "(2^n-1)^3-2": "free",
    "(2^n-1)^2+2": "near-repdigit",
    "10^(2n+1)-10^n-1": "near-repdigit",
    "(10^(k+3)+666)*10^(k+1)+1": "near-repdigit",
    "(10^(2n+1)-6*10^n-1)/3": "near-repdigit",
    "4^n+2^n+3": "near-repdigit",
    "7*(10^80-1)/9+2*10^m": "near-repdigit",
    "(10^n-1)/9+6*10^3": "near-repdigit",
    "10^70-10^(2m)-1": "near-repdigit",
    "10^n-3": "near-repdigit",
    "10^n-21": "near-repdigit",
    "3^n-4": "near-repdigit",
    "2^n-3": "near-repdigit",
    "10^n+7": "free",
    "10^n-211": "free",
    "7*(10^80-1)/9+3*10^m": "free",
    "7*(10^80-1)/9-8*10^m": "free",
    "7*(10^80-1)/8+2*10^m": "free",
    "(10^n-1)/9-10^3+10^5": "free",
    "(3^n+1)/2": "near-repdigit",
    "10^(3n)+10^n+1": "free",
    "10^(n-1)*10^n+1": "power of another base",
    "2^n+3": "free",
    "10^n+n": "free",
}

NUMBERS = [
    *("27!+1", "30!-1", "20!2+1", "21!3-1", "31#+1", "41#-1", "7*31#+1"),
    *("(2^61+1)/3", "(10^19-1)/9", "(3^13-1)/2", "10^53-10^26-1", "2^89-1"),
    *("(10^16+666)*10^14+1", "(2^55-1)^2-2", "(3^20+1)^2-2", "3*7^30+1", "2*5^30-1"),
    *("5^3*2^70-5", "12345678901234567891", "2^64+13", "(5!+3)*2^40+1", "4*7!*3^9-1"),
    *("2^100-2^50-1", "(10^21-6*10^10-1)/3", "6!/5*2^90+1"),
]


@pytest.mark.parametrize(("text", "name"), NAMES.items())
def test_a_form_is_known_by_its_shape(text: str, name: str) -> None:
    (node,) = parse(text)
    assert form_of([forms.family(node)]).name == name


@pytest.mark.parametrize("base", [2, 3, 5, 10])
@pytest.mark.parametrize(
    "moving", ["({b}^n-1)/{d}*{r}+({e})*{b}^2", "({b}^9-1)/{d}*{r}+({e})*{b}^n"]
)
def test_a_near_repdigit_is_what_its_digits_say(base: int, moving: str) -> None:
    known = 0
    for r in range(1, base):
        for e in range(-base, base + 1):
            text = moving.format(b=base, d=base - 1, r=r, e=e)
            member = forms.family(parse(text)[0])
            if not e or isinstance(member, forms.Family):
                continue
            at = 9 if moving.startswith("({b}^n") else 4
            value = evaluate(parse(text)[0], {"n": at})
            digits = value.digits(base) if value > 0 else ""
            odd_ones = sorted(digits.count(digit) for digit in {*digits})
            expected = len(digits) == 9 and odd_ones == [1, 8]
            assert (form_of([member]).word == "near-repdigit") == expected, text
            known += expected
    assert known >= base - 2


@pytest.mark.parametrize("text", NUMBERS)
@pytest.mark.parametrize("sign", [1, -1])
def test_pieces_of_the_neighbours_divide_them(text: str, sign: int) -> None:
    (node,) = parse(text)
    whole = evaluate(node, {}) - sign
    for piece in neighbour_pieces(text, sign):
        assert piece.value > 1
        common = gmpy2.gcd(piece.value, whole)
        # A division may have taken a part of a piece, but hardly all of it.
        assert common > 1 or "/" in text
        if piece.order > 1:
            for q in range(3, 2000, 2):
                if gmpy2.is_prime(q) and piece.value % q == 0:
                    assert q % piece.order == 1 or piece.order % q == 0


@pytest.mark.parametrize("base", [2, 3, 6, 10])
def test_algebraic_factors_multiply_to_the_whole(base: int) -> None:
    for power in range(1, 130):
        for sign in (1, -1):
            product = gmpy2.mpz(1)
            for piece in cyclotomic(base, power, sign):
                product *= piece.value
            assert product == base**power - sign


def test_sums_of_powers_are_read_exactly() -> None:
    for text in NUMBERS:
        (node,) = parse(text)
        sparse = read_sparse(node)
        if sparse is None:
            assert "!" in text or "#" in text
            continue
        total = sum(c * max(sparse.base, 1) ** e for e, c in sparse.terms.items())
        assert total == evaluate(node, {}) * sparse.divisor
        product = gmpy2.mpz(1)
        for piece in pieces(sparse):
            product *= piece.value
        assert total % product == 0 or product == total


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("(2^7-1)^2-2", (63, 8, -1)),
        ("(2^7+1)^2-2", (65, 8, -1)),
        ("(4^7-1)^2-2", (8191, 15, -1)),
        ("2^70-2^40+1", (2**30 - 1, 40, 1)),
    ],
)
def test_long_k_of_base_two_are_known(
    text: str, parameters: tuple[int, int, int]
) -> None:
    number = forms.number(text)
    assert isinstance(number, Spelled)
    assert (number.k, number.n, number.c) == parameters
    assert number.expression == text
    assert number.value() == evaluate(parse(text)[0], {})
    assert number.bits == number.value().bit_length()
    assert forms.number(number.expression) == number


@pytest.mark.parametrize(
    "text", ["(3^7-1)^2-2", "2^70-2^20+1", "2^70+3", "2^20-2^70+1"]
)
def test_other_numbers_are_not_taken_for_such(text: str) -> None:
    (node,) = parse(text)
    if evaluate(node, {}) > 0:
        assert not isinstance(forms.number(text), Spelled)
