"""Orders of palindromes against a plain enumeration."""

from __future__ import annotations

import json

import gmpy2
import numpy as np
import pytest

from darkreach.errors import OrderError
from darkreach.order import Order
from darkreach.sieve.division import Division
from darkreach.sieve.door import open_sieve


def in_base(value: int, base: int) -> list[int]:
    digits = []
    while value:
        value, digit = divmod(value, base)
        digits.append(digit)
    return digits


@pytest.mark.parametrize(
    ("digits", "base"),
    [("1:5", 10), ("2,5", 10), ("1:9", 2), ("1:4", 7), ("3:3", 36), ("1:3", 16)],
)
def test_the_numbers_are_all_palindromes_of_these_lengths(
    digits: str, base: int
) -> None:
    ranges = {"digits": digits} | ({"base": str(base)} if base != 10 else {})
    order = Order.parse("palindrome", ranges)
    lengths = order.ranges["digits"].all().tolist()
    expected = [
        value
        for value in range(1, base ** lengths[-1])
        if (shown := in_base(value, base)) == shown[::-1] and len(shown) in lengths
    ]
    numbers = [order.members(i)[0].value() for i in range(order.size)]
    assert numbers == expected
    assert order.values(0, np.arange(order.size)).tolist() == expected
    assert order.not_candidates.tolist() == [i for i, v in enumerate(expected) if v < 2]
    assert order.max_bits == expected[-1].bit_length()
    assert [order.assignment(i)["digits"] for i in range(order.size)] == [
        len(in_base(value, base)) for value in expected
    ]
    again = Order.from_spec(json.loads(json.dumps(order.spec())))
    assert (again.key, again.title) == (order.key, order.title)
    assert again.members(order.size - 1) == order.members(order.size - 1)


def test_sieving_and_the_square_root_leave_the_known_counts() -> None:
    """OEIS A016115: palindromic primes by their length."""
    order = Order.parse(" palindrome ", {"digits": "1:7"})
    alive = np.setdiff1d(np.arange(order.size), order.not_candidates)
    sieve = open_sieve(order, 0, order.size, alive)
    assert isinstance(sieve, Division)
    for low in range(2, 4000, 333):
        removed = sieve.window(low, low + 332)
        values = order.values(0, removed.index)
        assert (values % removed.factor == 0).all()
        assert (values != removed.factor).all()
    left = order.values(0, sieve.alive).tolist()
    assert all(gmpy2.is_prime(value) for value in left)
    lengths = [len(str(value)) for value in left]
    assert [lengths.count(d) for d in range(1, 8)] == [4, 1, 15, 0, 93, 0, 668]


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ({}, "range of digits is missing"),
        ({"digits": "0:3"}, "at least 1 digit"),
        ({"digits": "1:20"}, "split it into several"),
        ({"digits": "1:100000"}, "too many"),
        ({"digits": "3", "base": "1"}, "from 2 to 64"),
        ({"digits": "3", "base": "2:5"}, "from 2 to 64"),
        ({"digits": "3", "n": "2:5"}, "'n'"),
        ({"digits": "x"}, "not understood"),
    ],
)
def test_bad_orders_are_refused_in_one_line(
    ranges: dict[str, str], message: str
) -> None:
    with pytest.raises(OrderError, match=message) as caught:
        Order.parse("palindrome", ranges)
    assert "\n" not in str(caught.value)
