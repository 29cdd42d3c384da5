"""Searches with known results, from their order to verified certificates, by the stage
programs alone."""

from __future__ import annotations

import csv
import json
import shlex
from collections import Counter
from pathlib import Path

import pytest

from darkreach.order import Order
from tests.darkreach.hunting import primes

VECTORS = Path(__file__).parents[1] / "vectors"
SEARCHES = list(
    csv.DictReader((VECTORS / "form_searches.csv").read_text().splitlines())
)

#: Rows that take a second or two; the others are slow.
QUICK = (
    *("woodall", "carol", "gfn_n3", "palwing_99899", "base3_plus"),
    *("one_digit_of_40", "one_digit_of_61"),
)


def order_of(row: dict[str, str]) -> Order:
    expression, *options = shlex.split(row["command"])
    pairs = zip(options[::2], options[1::2], strict=True)
    return Order.parse(expression, {name[2:]: text for name, text in pairs})


def check(row: dict[str, str]) -> None:
    order = order_of(row)
    variable = next(iter(order.ranges))
    found = [order.assignment(index)[variable] for index in primes(order)]
    if row["id"].startswith("palindromic"):
        lengths = Counter(found)
        counts = [lengths[digits] for digits in order.ranges[variable].all().tolist()]
        assert counts == [int(count) for count in row["expected_hits"].split()]
    else:
        assert found == [int(value) for value in row["expected_hits"].split()]


@pytest.mark.parametrize("row", SEARCHES, ids=lambda row: row["id"])
def test_every_search_can_be_ordered(row: dict[str, str]) -> None:
    order = order_of(row)
    again = Order.from_spec(json.loads(json.dumps(order.spec())))
    assert (again.key, again.size) == (order.key, order.size)
    assert order.max_bits > 0
    assert order.title


@pytest.mark.parametrize(
    "row", [row for row in SEARCHES if row["id"] in QUICK], ids=lambda row: row["id"]
)
def test_quick_searches_find_exactly_the_known_primes(row: dict[str, str]) -> None:
    check(row)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "row",
    [row for row in SEARCHES if row["id"] not in QUICK],
    ids=lambda row: row["id"],
)
def test_all_searches_find_exactly_the_known_primes(row: dict[str, str]) -> None:
    check(row)
