"""Random texts as orders: refused in one line, or hunted and read back the same."""

from __future__ import annotations

import random

import pytest

from darkreach.errors import OrderError
from darkreach.order import Order

PIECES = [*"nkpb23579+-*/^!#()", "n!", "p#", "2^n", "(", "10^", "^2"]
RANGES = ["1:5", "2:9", "0:3", "3", "7:30:2"]


def try_order(expression: str, ranges: dict[str, str]) -> bool:
    """Whether it is an order; an AssertionError unless it is a good one."""
    try:
        order = Order.parse(expression, ranges)
    except OrderError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 300
        return False
    again = Order.from_spec(order.spec())
    assert (again.key, again.expression) == (order.key, order.expression)
    gone = {*order.not_candidates.tolist(), *order.duplicates.tolist()}
    keys = set()
    for index in set(range(order.size)) - gone:
        for number in order.members(index):
            assert number.value() >= 2
            assert number.bits == number.value().bit_length() <= order.max_bits
        keys.add(order.candidate_key(index))
    assert len(keys) == order.size - len(gone)
    return True


def many(count: int, seed: int) -> int:
    random.seed(seed)
    good = 0
    for _ in range(count):
        pieces = random.choices(PIECES, k=random.randrange(1, 9))
        expression = "".join(pieces)
        names = [name for name in "nkpb" if name in expression]
        good += try_order(expression, {n: random.choice(RANGES) for n in names})
    return good


def test_random_texts_are_refused_or_good_orders() -> None:
    assert many(3000, 4) > 100


@pytest.mark.slow
def test_thirty_thousand_random_texts_are_refused_or_good_orders() -> None:
    assert many(30_000, 5) > 1000
