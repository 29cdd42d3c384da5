"""The sieve of generalized Fermat numbers removes what trial division removes."""

from __future__ import annotations

import csv
from pathlib import Path

import gmpy2
import numpy as np
import pytest

from darkreach.sieve.generalized_fermat import GeneralizedFermats
from darkreach.sieve.machine import VARIABLE
from darkreach.sieve.primes import primes
from tests.darkreach.sieve.families import BOTH, check

VECTORS = Path(__file__).parents[2] / "vectors"


@pytest.mark.parametrize("way", BOTH)
@pytest.mark.parametrize(
    ("m", "first", "last", "low", "high"),
    [
        (1, 0, 300, 2, 5000),
        (2, 2, 200, 2, 6000),
        (3, 10**5, 10**5 + 60, 3, 9000),
        (4, 2, 60, 2, 20_000),
        (5, 1000, 1040, 100, 30_000),
    ],
)
def test_the_sieve_agrees_with_trial_division(
    m: int,
    first: int,
    last: int,
    low: int,
    high: int,
    way: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, way)
    evens = range(max(first, 2), last + 1, 2)
    numbers = [b**2**m + 1 for b in evens]
    check(lambda: GeneralizedFermats(m, first, last), numbers, low, high)


@pytest.mark.parametrize("way", BOTH)
@pytest.mark.parametrize(("m", "last", "high"), [(4, 2000, 200_000), (7, 500, 10**6)])
def test_no_solution_is_missed(
    m: int, last: int, high: int, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against a modular power for every p = 1 mod 2^(m+1) and every b."""
    monkeypatch.setenv(VARIABLE, way)
    sieve = GeneralizedFermats(m, 2, last)
    expected: dict[int, int] = {}
    for p in primes(2, high).tolist():
        if p % 2 ** (m + 1) == 1:
            for b in range(2, last + 1, 2):
                if pow(b, 2**m, p) == p - 1 and b**2**m + 1 != p:
                    expected.setdefault(b // 2 - 1, p)
    cells, factors = sieve.sieve(2, high)
    assert dict(zip(cells.tolist(), factors.tolist(), strict=True)) == expected


FERMAT = [
    pytest.param(row, marks=[pytest.mark.slow] if int(row["divides_F_m"]) > 27 else [])
    for row in csv.DictReader((VECTORS / "fermat_factors.csv").read_text().splitlines())
    if int(row["k"]) * 2 ** int(row["n"]) < 2**62 and int(row["divides_F_m"]) <= 30
]


@pytest.mark.parametrize("row", FERMAT, ids=lambda row: row["expression"])
def test_known_factors_of_fermat_numbers_are_found(row: dict[str, str]) -> None:
    """F_n = (2^16)^(2^(n-4)) + 1; some of the factors are above 2^50."""
    p = int(row["k"]) * 2 ** int(row["n"]) + 1
    sieve = GeneralizedFermats(int(row["divides_F_m"]) - 4, 2**16, 2**16)
    cells, factors = sieve.sieve(p - 2**20, p + 2**20)
    assert (cells.tolist(), factors.tolist()) == ([0], [p])


def test_composite_p_are_not_reported() -> None:
    """A product of two divisors of one number passes the test for roots."""
    m, b = 3, 10
    divisors = [p for p in primes(2, 10**7).tolist() if pow(b, 2**m, p) == p - 1]
    composite = divisors[0] * divisors[1]
    assert not gmpy2.is_prime(composite)
    sieve = GeneralizedFermats(m, b, b)
    assert sieve.strike(np.array([composite]))[0].size == 0


@pytest.mark.parametrize("way", BOTH)
def test_a_prime_without_small_non_residues_finds_its_numbers(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All odd primes up to 61 are squares modulo p, and p = 1 mod 8."""
    monkeypatch.setenv(VARIABLE, way)
    p = 48_473_881
    assert all(pow(q, p // 2, p) == 1 for q in primes(3, 61).tolist())
    c = next(q for q in primes(62, 500).tolist() if pow(q, p // 2, p) == p - 1)
    for m in (1, 2):
        y = pow(c, p >> m + 1, p)
        b = min(b for i in range(1, 2 ** (m + 1), 2) if (b := pow(y, i, p)) % 2 == 0)
        sieve = GeneralizedFermats(m, b - 20, b + 20)
        _, factors = sieve.sieve(p, p)
        assert factors.tolist() == [p]
        assert not sieve.alive[10]
