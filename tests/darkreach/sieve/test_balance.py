"""Sieving goes on exactly while removing a candidate costs less than it saves."""

from __future__ import annotations

import random
from math import inf, log

import pytest

from darkreach.sieve.balance import (
    DEEPEST,
    FEWEST_FACTORS,
    Measurement,
    Range,
    balance,
    expected_removals,
    measure,
    primes_between,
)
from tests.darkreach.sieve import naive


@pytest.mark.parametrize(("low", "high"), [(1_000, 50_000), (40_000, 60_000)])
def test_the_number_of_primes_is_known_within_three_percent(
    low: int, high: int
) -> None:
    counted = len(naive.primes(low + 1, high))
    assert primes_between(low, high) == pytest.approx(counted, rel=0.03)


def test_there_are_no_primes_in_an_empty_range() -> None:
    assert primes_between(100, 100) == primes_between(100, 10) == 0.0


@pytest.mark.parametrize("members", [1, 2])
def test_the_expected_removals_happen_to_random_numbers(members: int) -> None:
    chance = random.Random(members)
    small, large = naive.primes(2, 100), naive.primes(101, 3000)
    left = removed = 0
    for _ in range(6000):
        numbers = [chance.getrandbits(60) for _ in range(members)]
        if any(n % p == 0 for n in numbers for p in small):
            continue
        left += 1
        removed += any(n % p == 0 for n in numbers for p in large)
    expected = expected_removals(left, members, 100, 3000)
    assert removed == pytest.approx(expected, rel=0.2)


@pytest.mark.parametrize("members", [1, 2])
@pytest.mark.parametrize("saves", [0.1, 10.0, 1000.0])
def test_at_the_target_cost_and_gain_are_equal(members: int, saves: float) -> None:
    c, depth, numbers = 1e-6, 10**6, 10**5
    target = balance(depth, numbers, members, saves, c).target
    left = numbers * (log(depth) / log(target)) ** members
    assert c * target / (left * members) == pytest.approx(saves, rel=0.01)


def test_the_cost_at_the_depth_is_that_of_a_prime_over_what_it_removes() -> None:
    found = balance(10**8, 5000, 2, 1.0, 1e-5)
    assert found.cost == pytest.approx(1e-5 * 10**8 / (5000 * 2))
    assert (found.low, found.high, found.measured) == (0.0, inf, False)


def test_sieving_goes_on_below_the_target_and_ends_above_it() -> None:
    target = balance(10**6, 10**5, 1, 10.0, 1e-6).target
    left = 10**5 * log(10**6) / log(target)
    assert balance(10**6, 10**5, 1, 10.0, 1e-6).goes_on
    assert not balance(target, int(left), 1, 10.0, 1e-6).goes_on
    assert not balance(2 * target, int(left), 1, 10.0, 1e-6).goes_on


def test_rounds_grow_towards_the_target_and_never_pass_it() -> None:
    depth, numbers, rounds = 10**6, 10**5, 0
    found = balance(depth, numbers, 1, 10.0, 1e-6)
    while found.goes_on:
        assert depth < found.next_depth <= found.target
        left = expected_removals(numbers, 1, depth, found.next_depth)
        depth, numbers = found.next_depth, int(numbers - left)
        found = balance(depth, numbers, 1, 10.0, 1e-6)
        rounds += 1
    assert rounds <= 20


def test_a_measured_cost_allows_longer_rounds() -> None:
    estimated = balance(10**6, 10**5, 1, 10.0, 1e-6)
    measured = balance(10**6, 10**5, 1, 10.0, 1e-6, Measurement(1e-6, 5, 5.0))
    assert estimated.target == measured.target > 10**9
    assert estimated.next_depth == 2 * 10**6
    assert measured.next_depth == measured.target // 4


def test_few_removals_leave_the_formula_in_charge() -> None:
    lucky = Measurement(1e-6, FEWEST_FACTORS - 1, 10.0)
    by_formula = balance(10**7, 1000, 1, 1.0, 1e-6)
    found = balance(10**7, 1000, 1, 1.0, 1e-6, lucky)
    assert (found.cost, found.target) == (by_formula.cost, by_formula.target)
    assert not found.measured
    assert found.factors == FEWEST_FACTORS - 1


def test_enough_removals_correct_the_formula_and_bring_their_error() -> None:
    twice = Measurement(1e-6, 400, 200.0)
    found = balance(10**7, 1000, 1, 1.0, 5e-6, twice)
    by_formula = balance(10**7, 1000, 1, 1.0, 1e-6)
    assert found.measured
    assert found.cost == pytest.approx(by_formula.cost / 2)
    assert found.low == pytest.approx(found.cost / 1.05)
    assert found.high == pytest.approx(found.cost / 0.95)


def test_measured_seconds_per_prime_replace_the_estimate_at_once() -> None:
    slow = Measurement(1e-4, 3, 3.0)
    found = balance(10**7, 1000, 1, 1.0, 1e-6, slow)
    assert found.prime_seconds == 1e-4
    assert not found.measured


def test_without_candidates_there_is_nothing_to_sieve() -> None:
    found = balance(10**7, 0, 1, 0.0, 1e-6)
    assert found.cost == inf
    assert not found.goes_on


def test_the_target_stays_where_the_kernels_work() -> None:
    assert balance(10**6, 10**9, 1, 1e9, 1e-9).target <= DEEPEST


def test_the_measurement_takes_the_deepest_ranges_it_needs() -> None:
    ranges = [
        Range(10**6 * i, 10**6 * (i + 1) - 1, 1e-6 * i, 150) for i in range(1, 11)
    ]
    found = measure(ranges, 10_000, 1)
    assert found is not None
    assert found.removed == 450
    assert found.prime_seconds == ranges[-2].prime_seconds
    assert found.expected == pytest.approx(
        expected_removals(10_450, 1, 8 * 10**6, 11 * 10**6 - 1), rel=0.01
    )


def test_one_slow_range_does_not_spoil_the_measurement() -> None:
    even = [Range(10**6 * i, 10**6 * (i + 1) - 1, 1e-6, 10) for i in range(1, 8)]
    usual = measure(even, 1000, 1)
    slow = Range(8 * 10**6, 9 * 10**6 - 1, 1e-2, 10)
    found = measure([*even, slow], 1000, 1)
    assert usual is not None
    assert found is not None
    assert found.prime_seconds == pytest.approx(usual.prime_seconds, rel=0.1)


def test_nothing_sieved_is_nothing_measured() -> None:
    assert measure([], 1000, 1) is None
