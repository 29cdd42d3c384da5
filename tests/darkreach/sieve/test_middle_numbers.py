"""Numbers w*b^x + t over w."""

from __future__ import annotations

import numpy as np
import pytest

from darkreach.sieve.middle_numbers import MiddleNumbers
from tests.darkreach.sieve import naive


@pytest.mark.parametrize(
    ("b", "x", "terms", "first", "count"),
    [
        pytest.param(10, 30, ((1, 65), (1, 0)), 1, 2000, id="palindromes' neighbours"),
        pytest.param(6, 9, ((5, 40), (5, 0)), 10**6, 1500, id="p divides b"),
        pytest.param(30, 3, ((7, 20), (30, 1)), 5, 1500, id="p divides b and t"),
        pytest.param(10, 0, ((-3, 1), (5, 0)), 0, 1500, id="x = 0, small numbers"),
        pytest.param(2**70 + 1, 2, ((2**65, 3), (-1, 0)), 1, 800, id="beyond words"),
    ],
)
def test_the_sieve_agrees_with_trial_division(
    b: int, x: int, terms: tuple[tuple[int, int], ...], first: int, count: int
) -> None:
    sieve = MiddleNumbers(b, x, terms, first, count)
    rest = sum(c * b**e for c, e in terms)
    small = naive.primes(2, 2500)
    expected = {}
    for i in range(count):
        number = (first + i) * b**x + rest
        divisors = (p for p in small if number % p == 0 and number != p)
        factor = next(divisors, None) if number >= 2 else None
        if factor:
            expected[i] = factor
    found: dict[int, int] = {}
    for low, high in ((2, 2), (3, 777), (778, 2500)):
        cells, factors = sieve.sieve(low, high)
        assert not found.keys() & set(cells.tolist())
        found |= dict(zip(cells.tolist(), factors.tolist(), strict=True))
    assert found == expected


def test_only_the_palindromes_among_the_middles_are_sieved() -> None:
    palindromes = np.array([str(w) == str(w)[::-1] for w in range(10_000)])
    sieve = MiddleNumbers(10, 48, ((1, 99), (1, 0)), 0, 10_000, palindromes)
    cells, factors = sieve.sieve(2, 10**5)
    assert palindromes[cells].all() and cells.size > 100
    for w, p in zip(cells.tolist(), factors.tolist(), strict=True):
        assert (10**99 + w * 10**48 + 1) % p == 0


@pytest.mark.parametrize("low", [10**9, 2**55, 2**61])
def test_a_large_prime_finds_the_w_that_it_divides(low: int) -> None:
    p = naive.primes(low, low + 200)[0]
    w = -(pow(10, 10**5, p) + 1) * pow(pow(10, 777, p), -1, p) % p
    sieve = MiddleNumbers(10, 777, ((1, 10**5), (1, 0)), max(w - 50, 0), 100)
    cells, factors = sieve.strike(np.array([p]))
    assert (cells + max(w - 50, 0)).tolist() == [w] and factors.tolist() == [p]


def test_bad_bounds_are_refused() -> None:
    with pytest.raises(ValueError, match="below 2"):
        MiddleNumbers(10, 1, ((1, 0),), 2**62, 1)
    with pytest.raises(ValueError, match="base"):
        MiddleNumbers(1, 1, ((1, 0),), 1, 1)
    with pytest.raises(ValueError, match="large negative"):
        MiddleNumbers(10, 400, ((-1, 400),), 1, 10)
