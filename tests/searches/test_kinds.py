"""Every order is of one known form, and so are its primes."""

from __future__ import annotations

import pytest

from darkreach.order import Order
from searches.kinds import form_of
from tests import hunts
from verification.models import Prime


@pytest.mark.parametrize(
    ("expression", "ranges", "form"),
    [
        ("3*2^n+1", {"n": "1:9"}, "proth"),
        ("k*2^n-1", {"n": "1:9", "k": "3,5"}, "riesel"),
        ("2*3^n+1", {"n": "1:9"}, "kbn"),
        ("k*2^50+-1", {"k": "3:99:6"}, "twin"),
        ("k*2^50-1,2*(k*2^50-1)+1", {"k": "1:99:2"}, "chain"),
        ("k*2^9-1,k*2^10-1,k*2^11-1", {"k": "1:99:2"}, "chain"),
        ("k*2^10+1,k*2^9+1", {"k": "1:99:2"}, "chain"),
        ("(k+1)*3^n-1,(2k+2)*3^n-1", {"k": "1:99", "n": "1:9"}, "chain"),
        ("k*2^9-1,k*2^11-1", {"k": "1:99:2"}, "riesel"),
        ("k*2^n-1,k*2^(2n)-1", {"k": "1:9:2", "n": "1:9"}, "riesel"),
        ("k*2^9-1,(k+2)*2^10-1", {"k": "1:9:2"}, "riesel"),
        ("2^p-1", {"p": "2:99"}, "mersenne"),
        ("2^n-1", {"n": "2:99"}, "mersenne"),
        ("2^(2n+1)-1", {"n": "2:99"}, "mersenne"),
        ("b^64+1", {"b": "2:99"}, "generalized-fermat"),
        ("n*2^n-1", {"n": "1:99"}, "cullen-woodall"),
        ("n!3+1", {"n": "1:99"}, "factorial"),
        ("p#-1", {"p": "2:99"}, "primorial"),
        ("(2^n+1)^2-2", {"n": "1:99"}, "carol-kynea"),
        ("(2^p+1)/3", {"p": "3:99"}, "wagstaff"),
        ("(10^p-1)/9", {"p": "2:99"}, "repunit"),
        ("10^(2n+1)-10^n-1", {"n": "1:99"}, "near-repdigit"),
        ("palindrome", {"digits": "1:3"}, "palindrome"),
        ("n!+n^2+1", {"n": "1:9"}, "free"),
        ("n!3+-1", {"n": "1:99"}, "factorial"),
        ("3*2^n+1,5*2^n+1", {"n": "1:99"}, "proth"),
        ("n*2^n+1,n*2^n-1", {"n": "1:99"}, "twin"),
        ("n!+1,p#+1", {"n": "1:9", "p": "2:9"}, "free"),
        ("3*2^n+1,3*2^n+7", {"n": "1:9"}, "free"),
    ],
)
def test_an_order_has_a_form(
    expression: str, ranges: dict[str, str], form: str
) -> None:
    assert form_of(Order.parse(expression, ranges)) == form


def test_a_prime_is_of_the_form_of_its_search(db: None) -> None:
    search = hunts.placed("n!+1", n="2:30")
    hunts.drain()
    assert search.form == "factorial"
    assert set(Prime.objects.values_list("form", flat=True)) == {"factorial"}
