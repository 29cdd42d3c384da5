"""The rule of depth: sieve while removing a number costs less than testing it."""

from __future__ import annotations

import pytest

from darkreach.sieve.depth import DEEPEST, SHALLOWEST, balanced_depth, survivors
from tests.darkreach.sieve import naive


@pytest.mark.parametrize("numbers", [10**4, 10**6])
@pytest.mark.parametrize("test_seconds", [0.1, 10.0, 3600.0])
def test_at_the_depth_both_costs_are_equal(numbers: int, test_seconds: float) -> None:
    c = 1e-6
    depth = balanced_depth(numbers, test_seconds, c)
    assert c * depth / survivors(numbers, depth) == pytest.approx(test_seconds, 0.01)


def test_the_depth_stays_within_its_bounds() -> None:
    assert balanced_depth(1, 1e-6, 1.0) == SHALLOWEST
    assert balanced_depth(10**8, 1e9, 1e-9) == DEEPEST


def test_slower_tests_are_worth_a_deeper_sieve() -> None:
    depths = [balanced_depth(10**5, 10.0**e, 1e-6) for e in range(-2, 5)]
    assert depths == sorted(depths)


def test_the_share_of_survivors_is_that_of_odd_numbers() -> None:
    small = naive.primes(3, 100)
    odd = range(10**6 + 1, 10**6 + 40_001, 2)
    left = sum(all(n % p for p in small) for n in odd)
    assert survivors(len(odd), 100) == pytest.approx(left, 0.03)
