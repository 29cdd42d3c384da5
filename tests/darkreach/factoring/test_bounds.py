"""The bounds of P-1 come from a chance that is true and a cost that is counted."""

from __future__ import annotations

import random
from math import log

import gmpy2
import numpy as np
import pytest

from darkreach import forms
from darkreach.arithmetic.factors import prime_factors
from darkreach.factoring import bounds
from darkreach.factoring.bounds import best, probability, rho, semismooth, squarings
from darkreach.factoring.divisors import certain_divisor
from darkreach.factoring.stage_two import multiplications, pairs, wheel
from tests.darkreach.sieve import naive


@pytest.mark.parametrize(
    ("u", "value"),
    [(0.5, 1.0), (1.5, 1 - log(1.5)), (2, 1 - log(2)), (3, 0.0486084), (4, 0.00491093)],
)
def test_dickmans_function_has_its_known_values(u: float, value: float) -> None:
    assert rho(np.array([u]))[0] == pytest.approx(value, rel=1e-4)


def is_semismooth(number: int, small: list[int], b2: int) -> bool:
    """By division: all prime factors up to b1 but for one up to b2."""
    for q in small:
        while number % q == 0:
            number //= q
    return number == 1 or (number <= b2 and gmpy2.is_prime(number))


@pytest.mark.parametrize(("bits", "b1", "b2"), [(32, 200, 5000), (40, 1000, 50_000)])
def test_the_share_of_semismooth_numbers_is_counted(
    bits: int, b1: int, b2: int
) -> None:
    chance, small = random.Random(bits), naive.primes(2, b1)
    drawn = 4000
    hits = sum(
        is_semismooth(chance.getrandbits(bits - 1) | 1 << (bits - 1), small, b2)
        for _ in range(drawn)
    )
    size = np.array([log(0.75 * 2**bits)])
    assert hits / drawn == pytest.approx(float(semismooth(size, b1, b2)[0]), rel=0.2)


def test_more_bounds_and_more_known_divisors_find_more() -> None:
    usual = probability(2**45, 2, 10**4, 10**6)
    assert probability(2**45, 2, 2 * 10**4, 10**6) > usual
    assert probability(2**45, 2, 10**4, 10**7) > usual
    assert probability(2**45, 2**18, 10**4, 10**6) > usual
    assert probability(2**50, 2, 10**4, 10**6) < usual
    assert 0 < usual < 1


@pytest.mark.parametrize(
    ("b1", "b2"), [(500, 20_000), (5_000, 300_000), (30_000, 900_000)]
)
def test_the_multiplications_of_stage_two_are_as_many_as_expected(
    b1: int, b2: int
) -> None:
    d = wheel(10**5, b1, b2)
    taken = len(pairs(b1, b2, d)) + d / 4 + (b2 - b1) / d
    assert multiplications(10**5, b1, b2) == pytest.approx(taken, rel=0.04)


def test_the_table_of_stage_two_fits_the_memory() -> None:
    assert wheel(10**5, 10**5, 10**8) == 30030
    assert wheel(10**6, 10**5, 10**8) == 2310
    assert wheel(10**7, 10**5, 10**8) == 210
    assert wheel(10**9, 10**5, 10**8) < 30


def test_p_minus_one_is_skipped_where_nothing_pays() -> None:
    assert best(10**5, 2**40, 2) is None
    assert best(10**6, 2**45, 2) is None
    assert best(10**6, 2**50, 2) is None
    assert best(10**7, 2**60, 2) is None
    assert best(1000, 10**6, 2000) is None


@pytest.mark.parametrize(
    ("bits", "depth", "divisor", "least"),
    [
        (10**6, 2**50, 2 * 10**6, 0.03),
        (10**7, 2**65, 2 * 10**7, 0.01),
        (3_300_000, 2**55, 2**18, 0.012),
        (1_100_000, 2**50, 2**16, 0.008),
    ],
)
def test_known_divisors_make_it_pay(
    bits: int, depth: int, divisor: int, least: float
) -> None:
    found = best(bits, depth, divisor)
    assert found is not None
    assert found.saving > least
    assert found.saving == pytest.approx(found.probability - found.cost)
    assert found.b1 < found.b2 <= 120 * found.b1


def test_no_other_bounds_save_more() -> None:
    found = best(10**6, 2**50, 2 * 10**6)
    assert found is not None
    chance = random.Random(1)
    for _ in range(30):
        b1 = int(found.b1 * chance.uniform(0.3, 3))
        b2 = int(b1 * chance.uniform(1, 100))
        saving = probability(2**50, 2 * 10**6, b1, b2)
        saving -= squarings(10**6, 2 * 10**6, b1, b2) / 10**6
        assert saving <= found.saving + 2e-4


def test_a_double_check_makes_p_minus_one_pay_more() -> None:
    once, twice = best(10**6, 2**50, 2**20), best(10**6, 2**50, 2**20, tests=2.0)
    assert once is not None
    assert twice is not None
    assert twice.b1 > once.b1


@pytest.mark.parametrize(
    ("expression", "divisor"),
    [
        ("2^127-1", 254),
        ("2^128-1", 2),
        ("10^64+1", 128),
        ("6^1024+1", 2048),
        ("2^61+1", 122),
        ("7^48+1", 32),
        ("3*2^61+1", 2),
        ("(2^61+1)/3", 122),
        ("(10^19-1)/9", 38),
        ("(10^20-1)/9", 2),
    ],
)
def test_the_certain_divisor_divides_every_factor_less_one(
    expression: str, divisor: int
) -> None:
    number = forms.number(expression)
    assert certain_divisor(number) == divisor


@pytest.mark.parametrize("exponent", [11, 23, 29, 37, 43])
def test_it_divides_the_factors_of_small_numbers(exponent: int) -> None:
    for expression in (f"2^{exponent}-1", f"(2^{exponent}+1)/3"):
        number = forms.number(expression)
        found, left = prime_factors(int(number.value()))
        assert left == 1
        assert all((f - 1) % certain_divisor(number) == 0 for f in found)


def test_bounds_are_written_in_two_places() -> None:
    found = best(10**6, 2**50, 2**20)
    assert found is not None
    assert len(str(found.b1).rstrip("0")) <= 2
    assert found.b1 <= bounds.MOST_B1
