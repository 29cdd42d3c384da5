"""The prime supply gives every prime of an interval once."""

from __future__ import annotations

from itertools import pairwise

import pytest

from darkreach.sieve import primes as supply
from darkreach.sieve.primes import primes
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
    for low in range(60):
        assert primes(low, 5000).tolist() == naive.primes(low, 5000)


def test_pieces_of_an_interval_join_to_the_whole() -> None:
    edges = [10**8, 10**8 + 1, 10**8 + 7, 10**8 + 5000, 10**8 + 2**20 + 3]
    pieces = [primes(a, b - 1).tolist() for a, b in pairwise(edges)]
    whole = primes(edges[0], edges[-1] - 1).tolist()
    assert [p for piece in pieces for p in piece] == whole
