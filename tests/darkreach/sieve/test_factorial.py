"""The sieve of factorials removes exactly what trial division removes."""

from __future__ import annotations

import random
from math import factorial

import numpy as np
import pytest

from darkreach.sieve import constants
from darkreach.sieve.constants import Program, horner
from darkreach.sieve.factorial import Factorials, exponents
from darkreach.sieve.machine import VARIABLE, parts
from darkreach.sieve.primes import primes
from tests.darkreach.sieve.families import BOTH, check


def multifactorial(n: int, step: int) -> int:
    return n * multifactorial(n - step, step) if n > 0 else 1


def numbers(first: int, last: int, step: int, signs: tuple[int, ...]) -> list[int]:
    return [multifactorial(n, step) + c for n in range(first, last + 1) for c in signs]


@pytest.mark.parametrize("way", BOTH)
@pytest.mark.parametrize("step", [1, 2, 3, 4, 6, 7, 30])
@pytest.mark.parametrize("signs", [(1,), (-1,), (1, -1)])
def test_the_sieve_agrees_with_trial_division(
    step: int, signs: tuple[int, ...], way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, way)
    for first, last, high in [(0, 50, 3000), (41, 110, 2000)]:
        check(
            lambda first=first, last=last: Factorials(first, last, step, signs),
            numbers(first, last, step, signs),
            2,
            high,
        )


@pytest.mark.parametrize("way", BOTH)
@pytest.mark.parametrize("start", [10**6, 10**9, 2**32, 2**49, 2**50 - 10**4, 2**61])
def test_large_primes_hit_where_the_residue_is_plus_or_minus_one(
    start: int, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Choose the last constant so that the product is 1 or -1 mod a prime."""
    monkeypatch.setenv(VARIABLE, way)
    chance = random.Random(start)
    window = primes(start, start + 3000)
    p = int(window[window.size // 2])
    for sign in (1, -1):
        last = constants.CONSTANT_LIMIT
        while not 1 < last < constants.CONSTANT_LIMIT:
            first = chance.randrange(2, constants.CONSTANT_LIMIT)
            last = -sign * pow(first, -1, p) % p
        program = Program.make([(0, first)], [(3, [7]), (5, [last]), (6, [2])])
        reached = {3: 7 * first, 5: 7 * first * last, 6: 14 * first * last}
        expected = {
            (place, c, q)
            for place, value in reached.items()
            for c in (1, -1)
            for q in window.tolist()
            if (value + c) % q == 0
        }
        found = set()
        for part in parts(window):
            hits = program.walk(part.primes, part.fp64)
            found |= set(zip(*(column.tolist() for column in hits), strict=True))
        assert found == expected
        chained = Program.make([(0, first)], [(3, [last])])
        found = [chained.walk(part.primes, part.fp64) for part in parts(window)]
        assert (3, sign, p) in {
            tuple(row) for hits in found for row in np.array(hits).T.tolist()
        }


def test_a_factorial_is_the_product_of_the_powers_of_its_primes() -> None:
    for n, step in [(1, 1), (2, 1), (100, 1), (99, 2), (100, 2), (97, 6), (64, 4)]:
        product = 1
        for q, e in exponents(n, step).items():
            product *= q**e
        assert product == multifactorial(n, step)
    value = 1
    for square, constant in horner(exponents(500, 1)):
        value = value * value * constant if square else value * constant
    assert value == factorial(500)


def test_only_what_is_wanted_is_sieved() -> None:
    wanted = np.arange(200) % 3 == 0
    sieve = Factorials(100, 299, signs=(1,), alive=wanted)
    whole = Factorials(100, 299, signs=(1,))
    sieve.sieve(2, 20_000)
    whole.sieve(2, 20_000)
    assert sieve.alive.tolist() == (whole.alive & wanted).tolist()
    assert sieve.products < whole.products
