"""The prime supply gives every prime of an interval once."""

from __future__ import annotations

from itertools import pairwise

import pytest

from darkreach.sieve import primes as supply
from darkreach.sieve.primes import primes, without_divisors
from tests.darkreach.sieve import naive


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (0, 10_000),
        (2, 2),
        (2, 3),
        (3, 3),
        (8, 8),
        (90, 97),
        (10, 2),
        (10**9, 10**9 + 3000),
        (2**32 - 2000, 2**32 + 2000),
        (10**12 + 1, 10**12 + 3000),
        (2**50 - 1000, 2**50 + 1000),
        (2**61 - 500, 2**61 + 500),
    ],
)
def test_an_interval_holds_its_primes(low: int, high: int) -> None:
    assert primes(low, high).tolist() == naive.primes(low, high)


@pytest.mark.parametrize(
    ("limit", "count"),
    [(10, 4), (10**3, 168), (10**6, 78_498), (10**7, 664_579), (3 * 10**7, 1_857_859)],
)
def test_the_number_of_primes_is_the_known_one(limit: int, count: int) -> None:
    assert primes(0, limit).size == count


def test_segments_join_without_gap_or_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supply, "SEGMENT", 64)
    expected = naive.primes(0, 5000)
    for low in range(60):
        assert primes(low, 5000).tolist() == [p for p in expected if p >= low]


def test_base_primes_of_every_size_cross_off_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    low, high = 4 * 10**7 - 9, 4 * 10**7 + 99_999
    expected = naive.primes(low, high)
    for dense, middle in [(64, 64), (64, 500), (500, 500), (500, 10**4)]:
        monkeypatch.setattr(supply, "DENSE", dense)
        monkeypatch.setattr(supply, "MIDDLE", middle)
        monkeypatch.setattr(supply, "DENSE_PIECE", 100)
        monkeypatch.setattr(supply, "MIDDLE_PIECE", 700)
        assert primes(low, high).tolist() == expected


@pytest.mark.parametrize("limit", [64, 1000, 10**5])
@pytest.mark.parametrize("low", [2, 900, 10**6 - 7, 10**9])
def test_what_small_primes_leave_is_left(low: int, limit: int) -> None:
    small = naive.primes(2, min(limit, 40_000))
    expected = [
        n for n in range(low, low + 5000) if all(n == q or n % q for q in small)
    ]
    assert without_divisors(low, low + 4999, limit).tolist() == expected


def test_short_intervals_hold_their_primes() -> None:
    expected = naive.primes(0, 5000)
    for low, high in [(31, 114), (61, 62), (67, 67), (7, 30), (29, 31), (49, 121)]:
        assert primes(low, high).tolist() == [p for p in expected if low <= p <= high]


def test_pieces_of_an_interval_join_to_the_whole() -> None:
    edges = [10**8, 10**8 + 1, 10**8 + 7, 10**8 + 5000, 10**8 + 2**20 + 3]
    pieces = [primes(a, b - 1).tolist() for a, b in pairwise(edges)]
    whole = primes(edges[0], edges[-1] - 1).tolist()
    assert [p for piece in pieces for p in piece] == whole
