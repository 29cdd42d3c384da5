"""Near-repdigits and palindromes over the place of one digit or term."""

from __future__ import annotations

import random

import numpy as np
import pytest

from darkreach.sieve import machine
from darkreach.sieve.moved_terms import MovedTerm, MovedTerms, near_repdigit
from tests.darkreach.sieve import naive

CASES = [
    pytest.param(
        10,
        [near_repdigit(10, 60, d, e) for d, e in ((1, 6), (9, -1), (7, -3), (3, 5))],
        id="one digit of 60 changed",
    ),
    pytest.param(
        3, [near_repdigit(3, 90, 2, -1), near_repdigit(3, 90, 1, 1)], id="base 3"
    ),
    pytest.param(
        16, [near_repdigit(16, 50, 15, e) for e in (-1, -2, -14)], id="base 16"
    ),
    pytest.param(
        10,
        [MovedTerm(w, ((1, 100), (1, 0))) for w in (1, 181, 90609)],
        id="10^100 + w*10^m + 1",
    ),
    pytest.param(2, [MovedTerm(1, ((1, 70), (-1, 0)))], id="2^70 + 2^m - 1"),
    pytest.param(
        7, [MovedTerm(2**70, ((-3, 2), (5, 0))), MovedTerm(-1, ((1, 65),))], id="other"
    ),
]


def _expected(sieve: MovedTerms, low: int, end: int) -> dict[int, int]:
    small = naive.primes(low, end - 1)
    found = {}
    for line, q in enumerate(sieve.numbers):
        for j in range(sieve.width):
            m = sieve.start + sieve.step * j
            rest = sum(c * sieve.b**e for c, e in q.terms)
            number = (q.a * sieve.b**m + rest) // q.divisor
            divisors = (p for p in small if number % p == 0 and number != p)
            factor = next(divisors, None) if number >= 2 else None
            if factor:
                found[line * sieve.width + j] = factor
    return found


@pytest.mark.parametrize("road", [machine.FP64, machine.MONTGOMERY])
@pytest.mark.parametrize(("b", "numbers"), CASES)
def test_the_sieve_agrees_with_trial_division(
    b: int, numbers: list[MovedTerm], road: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(machine.VARIABLE, road)
    chance = random.Random(b)
    start, step = chance.choice([0, 1, 3]), chance.choice([1, 2])
    sieve = MovedTerms(b, start, step, 48 // step, numbers)
    expected = _expected(sieve, 2, 5000)
    found: dict[int, int] = {}
    middle = chance.randint(900, 4000)
    for low, high in ((2, 40), (41, middle), (middle + 1, 4999)):
        cells, factors = sieve.sieve(low, high)
        assert not found.keys() & set(cells.tolist())
        found |= dict(zip(cells.tolist(), factors.tolist(), strict=True))
    assert found == expected


@pytest.mark.parametrize("low", [10**6, 2**45, 2**55])
def test_large_primes_find_what_was_planted(low: int) -> None:
    for p in naive.primes(low, low + 200)[:3]:
        m, n = 10**5 + 3, 2 * 10**5
        w = -(pow(10, n, p) + 1) * pow(pow(10, m, p), -1, p) % p
        sieve = MovedTerms(10, m - 700, 1, 1400, [MovedTerm(w, ((1, n), (1, 0)))])
        cells, factors = sieve.strike(np.array([p]))
        assert 700 in cells.tolist() and set(factors.tolist()) == {p}


def test_numbers_below_two_are_no_candidates_and_primes_survive() -> None:
    sieve = MovedTerms(2, 0, 1, 8, [MovedTerm(1, ((-3, 0),)), MovedTerm(1, ((-1, 0),))])
    numbers = [2**m - 3 for m in range(8)] + [2**m - 1 for m in range(8)]
    sieve.sieve(2, 200)
    left = [n for n, flag in zip(numbers, sieve.alive, strict=True) if flag]
    assert left == [5, 13, 29, 61, 3, 7, 31, 127]


def test_what_is_no_moved_term_is_refused() -> None:
    with pytest.raises(ValueError, match="a moved term needs"):
        MovedTerm(0, ((1, 1),))
    with pytest.raises(ValueError, match="not a whole number"):
        MovedTerm(1, ((1, 0),), 9).modulo(10, 3, 7)
