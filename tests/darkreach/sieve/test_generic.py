"""The generic sieve against trial division of every number of an order."""

from __future__ import annotations

import random

import gmpy2
import numpy as np
import pytest

from darkreach.expression import evaluate, parse
from darkreach.order import Order
from darkreach.sieve.division import Division
from darkreach.sieve.door import open_sieve
from darkreach.sieve.engine import Sieve
from darkreach.sieve.generic import Generic
from darkreach.sieve.of_family import OfFamily
from darkreach.sieve.walk import Walk
from tests.darkreach.order import naive_orders

ORDERS = [
    ("n!+1", {"n": "1:120"}),
    ("n!-1", {"n": "3:120"}),
    ("n!+-1", {"n": "3:60:3"}),
    ("n!!-1", {"n": "3:160"}),
    ("n!3+1", {"n": "1:160"}),
    ("n!5-1", {"n": "7:160"}),
    ("p#+1", {"p": "2:300"}),
    ("k*p#-1", {"k": "1:9", "p": "3:60"}),
    ("(2^p+1)/3", {"p": "3:300"}),
    ("(10^p-1)/9", {"p": "2:200"}),
    ("(b^p-1)/(b-1)", {"b": "2:14", "p": "3:60"}),
    ("(2^n-1)^2-2", {"n": "2:120"}),
    ("(b^n+1)^2-2", {"b": "2:10", "n": "1:24"}),
    ("(10^(k+3)+666)*10^(k+1)+1", {"k": "0:80"}),
    ("10^(2n+1)-10^n-1", {"n": "1:90"}),
    ("(10^(2n+1)-6*10^n-1)/3", {"n": "1:60"}),
    ("2^n+3^n+2", {"n": "1:60"}),
    ("n^n+n+1", {"n": "1:60"}),
    ("n^2+k^2", {"n": "1:40", "k": "1:20"}),
    ("3*2^n+5,3*2^n-1", {"n": "3:60"}),
    ("2^(2^n)+1,n!+1", {"n": "1:9"}),
    ("123456789012345678901234567890*3^n+7", {"n": "0:40:2"}),
]

pytest_orders = pytest.mark.parametrize(
    ("expression", "ranges"), ORDERS, ids=[text for text, _ in ORDERS]
)


def primes(low: int, high: int) -> list[int]:
    return [p for p in range(max(low, 2), high + 1) if gmpy2.is_prime(p)]


def alive_of(order: Order) -> np.ndarray:
    gone = [*order.duplicates.tolist(), *order.not_candidates.tolist()]
    return np.setdiff1d(np.arange(order.size), gone)


def removed_by_trial_division(
    order: Order, alive: np.ndarray, low: int, high: int
) -> list[tuple[int, int, int]]:
    numbers = naive_orders.numbers(order)
    found = []
    for position in alive.tolist():
        for p in primes(low, high):
            members = [
                member
                for member, value in enumerate(numbers[position])
                if value % p == 0 and value != p
            ]
            if members:
                found.append((position, p, members[0]))
                break
    return found


def sieved(sieve: Generic, low: int, high: int, width: int) -> list[tuple]:
    rows = []
    while low <= high:
        part = sieve.window(low, min(low + width - 1, high))
        rows += zip(part.index, part.factor, part.member, strict=True)
        low += width
    return sorted((int(i), int(p), int(m)) for i, p, m in rows)


@pytest_orders
def test_it_removes_what_trial_division_removes(
    expression: str, ranges: dict[str, str]
) -> None:
    order = Order.parse(expression, ranges)
    alive = alive_of(order)
    for low, high in ((2, 500), (3, 60), (200, 700)):
        expected = removed_by_trial_division(order, alive, low, high)
        for width in (10**6, 97):
            sieve = Generic(order, alive)
            assert sieved(sieve, low, high, width) == expected
            left = np.setdiff1d(alive, [row[0] for row in expected])
            assert sieve.alive.tolist() == left.tolist()


def test_primes_above_32_bits_are_found_too() -> None:
    order = Order.parse("2^p+3^5*2^p-3^5-2", {"p": "3:80"})
    alive = alive_of(order)
    low = 2**32 - 100
    numbers = naive_orders.numbers(order)
    expected = [
        (position, p, 0)
        for position in alive.tolist()
        for p in primes(low, 2**32 + 400)
        if numbers[position][0] % p == 0
    ]
    found = sieved(Generic(order, alive), low, 2**32 + 400, 10**6)
    assert found == expected
    order = Order.parse("(2^p+1)/3", {"p": "43:61"})
    alive = alive_of(order)
    factor = 2932031007403  # of (2^43+1)/3, which is that prime itself
    assert not Generic(order, alive).window(factor, factor).index.size
    order = Order.parse("7*(2^43+1)/3*3^n+2*(2^43+1)/3", {"n": "1:4"})
    removed = Generic(order, np.arange(4)).window(factor, factor)
    assert removed.factor.tolist() == [factor] * 4


def test_a_walk_may_go_back_and_jump() -> None:
    random.seed(5)
    table = np.array(primes(2, 3000), dtype=np.int64)
    for text in ("n!+1", "n!3-1", "n#+n", "7^n+n^5", "(b^n-1)/(b-1)", "n^b+(n+b)^3"):
        node = parse(text)[0]
        walk = Walk(node, table)
        for _ in range(200):
            values = {"n": random.randrange(1, 90), "b": random.randrange(2, 12)}
            residues = walk.at(values)
            exact = evaluate(node, values)
            expected = np.array([int(exact % p) for p in table.tolist()])
            sure = ~walk.unsure
            assert (residues[sure].astype(np.int64) == expected[sure]).all()
            if "/" not in text:
                assert sure.all()


def test_orders_of_kbn_keep_their_own_sieves() -> None:
    order = Order.parse("k*2^n+-1", {"k": "1:30", "n": "5:40"})
    alive = alive_of(order)
    own = open_sieve(order, 0, order.size, alive)
    assert isinstance(own, Sieve)
    removed = own.window(2, 400)
    rows = zip(removed.index, removed.factor, removed.member, strict=True)
    expected = sorted((int(i), int(p), int(m)) for i, p, m in rows)
    assert sieved(Generic(order, alive), 2, 400, 10**6) == expected


def test_what_is_done_soon_needs_no_sieve_of_its_own() -> None:
    order = Order.parse("n!+1", {"n": "30:36"})
    few = np.arange(7)
    assert isinstance(open_sieve(order, 0, 7, few, 10**6), Generic)
    assert isinstance(open_sieve(order, 0, 7, few, 10**10), OfFamily)
    assert isinstance(open_sieve(order, 0, 7, few), OfFamily)
    free = Order.parse("n!+3", {"n": "30:36"})
    assert isinstance(open_sieve(free, 0, 7, few), Generic)


def test_numbers_far_below_zero_do_no_harm() -> None:
    order = Order.parse("2^50+5*n-2^n", {"n": "1:90"})
    assert order.max_bits == 51
    sieve = open_sieve(order, 0, order.size, np.arange(order.size))
    assert isinstance(sieve, Division)
    assert sieve.cost > 0
    alive = alive_of(order)
    assert alive.tolist() == list(range(50))
    expected = removed_by_trial_division(order, alive, 2, 300)
    assert sieved(open_sieve(order, 0, 90, alive), 2, 300, 50) == expected
