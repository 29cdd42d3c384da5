"""Orders at the borders: negative and very long bases, tiny and equal numbers. Each is
hunted from the sieve to verified certificates and compared with gmpy2."""

from __future__ import annotations

import gmpy2
import pytest

from darkreach.forms import number
from darkreach.order import Order
from darkreach.residues import fermat_bases
from tests.darkreach.hunting import primes

ORDERS = [
    ("((-2)^p-1)/(-3)", {"p": "2:40"}),
    ("((-3)^n-1)/(-4)", {"n": "28:60"}),
    ("(-3)^n+2", {"n": "0:40"}),
    (f"k*{2**64 + 1}^n+1", {"k": "29:46", "n": "0:6"}),
    (f"k*{2**64 - 1}^n+1", {"k": "38:59", "n": "1:6"}),
]


@pytest.mark.parametrize(("expression", "ranges"), ORDERS)
def test_a_hunt_at_the_border_finds_the_primes_of_gmpy2(
    expression: str, ranges: dict[str, str]
) -> None:
    order = Order.parse(expression, ranges)
    gone = {*order.duplicates.tolist(), *order.not_candidates.tolist()}
    expected = {
        index
        for index in set(range(order.size)) - gone
        if all(gmpy2.is_prime(each.value()) for each in order.members(index))
    }
    assert set(primes(order)) == expected != set()


def test_powers_of_a_negative_base_are_not_tested_to_it() -> None:
    # (3^47+1)/4 passes every Fermat test to base 3.
    assert 3 not in fermat_bases(number("((-3)^47-1)/(-4)"))
