"""Factors 2jq+1 of Mersenne, Wagstaff and repunit numbers."""

from __future__ import annotations

import csv
import random
from itertools import pairwise
from pathlib import Path

import gmpy2
import numpy as np
import pytest

from darkreach.sieve import machine
from darkreach.sieve.repunits import Repunits
from tests.darkreach.sieve import naive

VECTORS = Path(__file__).parents[2] / "vectors"

BASES = [2, -2, 3, -3, 4, 10, -10, 12, 23, 2**70 + 1, -(10**9), 31, 1000]


def _smallest(b: int, q: int, low: int, high: int) -> int | None:
    """The smallest prime factor of the number in [low, high], by division."""
    number = (b**q - 1) // (b - 1)
    if number < 2:
        return None
    small = naive.primes(low, high)
    return next((p for p in small if number % p == 0 and number != p), None)


@pytest.mark.parametrize("road", [machine.FP64, machine.MONTGOMERY])
@pytest.mark.parametrize("b", BASES)
def test_all_small_factors_are_found(
    b: int, road: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(machine.VARIABLE, road)
    chance = random.Random(b)
    qs = [q for q in naive.primes(2 if abs(b) < 2**40 else 3, 150)]
    low, high = chance.choice([2, 2, 30]), 3000
    cuts = sorted({low, high + 1, *(chance.randint(low, high) for _ in range(3))})
    sieve = Repunits(b, np.array(qs))
    found: dict[int, int] = {}
    for first, end in pairwise(cuts):
        places, factors = sieve.sieve(first, end - 1)
        for place, factor in zip(places.tolist(), factors.tolist(), strict=True):
            assert place not in found
            found[place] = factor
    expected = {i: _smallest(b, q, low, high) for i, q in enumerate(qs)}
    assert found == {i: p for i, p in expected.items() if p}
    for i, q in enumerate(qs):
        number = (b**q - 1) // (b - 1)
        assert sieve.cells.alive[i] == (i not in found and number >= 2)


def test_a_number_is_not_removed_by_itself() -> None:
    sieve = Repunits(2, np.array([2, 3, 5, 7, 11, 13, 17, 19, 31]))
    sieve.sieve(2, 2**20)
    sieve.sieve(2**31 - 2**10, 2**31 + 2**10)
    assert sieve.q[sieve.cells.alive == 1].tolist() == [2, 3, 5, 7, 13, 17, 19, 31]


def test_one_cut_gives_what_another_gives() -> None:
    qs = np.array([q for q in naive.primes(3, 2000)])
    whole, cut = Repunits(2, qs), Repunits(2, qs)
    expected = whole.sieve(2, 10**7)
    got: dict[int, int] = {}
    for low in range(2, 10**7 + 1, 2_345_678):
        places, factors = cut.sieve(low, min(low + 2_345_677, 10**7))
        got |= dict(zip(places.tolist(), factors.tolist(), strict=True))
    assert got == dict(zip(*(v.tolist() for v in expected), strict=True))


def _published(name: str) -> list[tuple[int, int]]:
    """Exponents and factors below 2^62; some lines hold a product of two factors."""
    with (VECTORS / name).open() as lines:
        rows = [(int(r["exponent"]), int(r["factor"])) for r in csv.DictReader(lines)]
    return [(q, p) for q, p in rows if p < 2**62 and gmpy2.is_prime(p)]


@pytest.mark.parametrize(
    ("name", "b"), [("tf_mersenne.csv", 2), ("tf_wagstaff.csv", -2)]
)
def test_published_factors_are_found_in_their_range(name: str, b: int) -> None:
    rows = _published(name)
    assert len(rows) > 20
    for q, p in rows:
        reach = 2 * q * 50
        sieve = Repunits(b, np.array([q]))
        places, factors = sieve.sieve(p - reach, min(p + reach, 2**62 - 1))
        assert places.tolist() == [0]
        assert factors[0] <= p and pow(b, q, int(factors[0])) == 1
        sieve = Repunits(b, np.array([q]))
        assert sieve.sieve(p, p)[1].tolist() == [p]
        sieve = Repunits(b, np.array([q]))
        assert sieve.sieve(p + 1, p + 2 * q - 1)[1].size == 0


def test_bad_exponents_and_bases_are_refused() -> None:
    with pytest.raises(ValueError, match="exponent 9 is not prime"):
        Repunits(2, np.array([7, 9]))
    with pytest.raises(ValueError, match="base"):
        Repunits(1, np.array([7]))
    with pytest.raises(ValueError, match="2\\^62"):
        Repunits(2, np.array([7])).sieve(2, 2**62)
