"""The sieves of families, on orders, against the generic sieve."""

from __future__ import annotations

import numpy as np
import pytest

from darkreach.order import Order
from darkreach.sieve.door import open_sieve
from darkreach.sieve.generic import Generic
from darkreach.sieve.of_family import OfFamily, open_family

ORDERS = [
    ("n!+1", {"n": "3:260"}),
    ("n!+-1", {"n": "3:200"}),
    ("1+n!", {"n": "5:200:5"}),
    ("n!2-1", {"n": "9:300"}),
    ("(2n+1)!3+-1", {"n": "9:140"}),
    ("p#-1", {"p": "7:900"}),
    ("p#+-1", {"p": "7:600"}),
    ("n*2^n+-1", {"n": "2:300"}),
    ("n*6^n-1", {"n": "2:200:3"}),
    ("b^16+1", {"b": "2:3000:2"}),
    ("(2b)^4+1", {"b": "3:900"}),
    ("2^p-1", {"p": "3:900"}),
    ("2^n-1", {"n": "11,23,29,83,131,179,191,239,397"}),
    ("(2^p+1)/3", {"p": "3:900"}),
    ("(10^p-1)/9", {"p": "3:400"}),
    ("(7^p-1)/6", {"p": "3:300"}),
    ("(2^n-1)^2-2", {"n": "2:200"}),
    ("(6^n+1)^2-2", {"n": "1:150"}),
    ("(2^n-1)^2-2,(2^n+1)^2-2", {"n": "2:150"}),
    ("10^(2n+1)-10^n-1", {"n": "1:150"}),
    ("(10^(2n+1)-6*10^n-1)/3", {"n": "1:150"}),
    ("(10^(k+3)+666)*10^(k+1)+1", {"k": "1:150"}),
    ("10^60+w*10^29+1", {"w": "0:999"}),
    ("10^61+101+w*10^30", {"w": "7:900:3"}),
    ("6^40+5*6^3+w", {"w": "100:700"}),
    ("w*2^90+2^7-1", {"w": "1:500"}),
    ("7*(10^80-1)/9+2*10^m", {"m": "0:79"}),
    ("(10^92-1)/9+6*10^(3m+1)", {"m": "0:29"}),
    ("7*(10^n-1)/9+2*10^3", {"n": "4:150"}),
    ("(10^n-1)/3-10^(n-2)", {"n": "3:150"}),
    ("10^70-10^m-1", {"m": "1:69"}),
    ("2^50+3-2^n", {"n": "1:90"}),
    ("10^40-10^m-1", {"m": "1:300"}),
    ("10^n+7", {"n": "1:200"}),
    ("(2^n+1)/3", {"n": "3:301:2"}),
    ("5^300-6*5^m-2", {"m": "0:250:3"}),
]


def found(sieve: object, low: int, high: int, width: int) -> list[tuple]:
    rows = []
    while low <= high:
        part = sieve.window(low, min(low + width - 1, high))
        rows += list(part.rows())
        low += width
    return sorted(rows)


@pytest.mark.parametrize(("expression", "ranges"), ORDERS, ids=[o[0] for o in ORDERS])
def test_they_remove_what_the_generic_sieve_removes(
    expression: str, ranges: dict[str, str]
) -> None:
    order = Order.parse(expression, ranges)
    gone = [*order.duplicates.tolist(), *order.not_candidates.tolist()]
    alive = np.setdiff1d(np.arange(order.size), gone)
    some = alive[np.random.default_rng(3).random(alive.size) < 0.5]
    for positions, low, high in ((alive, 2, 2000), (some, 17, 400)):
        expected = found(Generic(order, positions), low, high, 10**6)
        for width in (10**6, 501):
            sieve = open_sieve(order, 0, order.size, positions)
            assert isinstance(sieve, OfFamily)
            assert found(sieve, low, high, width) == expected
    assert open_sieve(order, 0, order.size, alive).cost > 0


@pytest.mark.parametrize(
    ("expression", "ranges"),
    [
        ("k*n!+1", {"k": "1:3", "n": "40:50"}),
        ("n!+1,2^n-1", {"n": "80:90"}),
        ("n!+1,(n+1)!+1", {"n": "80:90"}),
        ("n#+1", {"n": "80:90"}),
        ("n!+3", {"n": "80:90"}),
        ("n*b^n+1", {"b": "80:90", "n": "3:9"}),
        ("b^16+1", {"b": "2:30"}),
        ("b^12+1", {"b": "2:30:2"}),
        ("3*b^16+1", {"b": "2:30:2"}),
        ("n!+1", {"n": "40,50,60000"}),
        ("2^p-1", {"p": "2:30"}),
        ("2^n-1", {"n": "3:30"}),
        ("(2^n-1)^2-2", {"n": "1,60000"}),
        ("10^60+w^2*10^29+1", {"w": "0:99"}),
        ("10^60+7*w*10^29+1", {"w": "0:99"}),
        ("10^600+w*3^290+1", {"w": "0:99"}),
        ("w*10^599-10^600+1", {"w": "0:99"}),
        ("10^60+w*10^29+1", {"w": "1,999999"}),
        ("10^60+w*10^29+w", {"w": "0:99"}),
        ("(2^n+1)/3", {"n": "3:99"}),
        ("10^n+n", {"n": "1:99"}),
        ("10^n+6^n+1", {"n": "1:99"}),
        ("10^n+10^(n^2)+1", {"n": "1:99"}),
        ("10^(2n)-10^n+7", {"n": "1,4,60000"}),
        ("10^n+7", {"n": "1,4,60000"}),
        ("10^n+10^m+7", {"n": "1:9", "m": "1:9"}),
    ],
)
def test_other_orders_are_none_of_theirs(
    expression: str, ranges: dict[str, str]
) -> None:
    order = Order.parse(expression, ranges)
    assert open_family(order, np.arange(order.size)) is None
