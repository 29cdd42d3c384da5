"""The sieve of primorials removes exactly what trial division removes."""

from __future__ import annotations

import gmpy2
import pytest

from darkreach.sieve.machine import VARIABLE
from darkreach.sieve.primorial import Primorials
from tests.darkreach.sieve import naive
from tests.darkreach.sieve.families import BOTH, check


@pytest.mark.parametrize("way", BOTH)
@pytest.mark.parametrize("signs", [(1,), (-1,), (1, -1), (-1, 1)])
@pytest.mark.parametrize(("first", "last"), [(2, 300), (3, 3), (101, 400), (90, 96)])
def test_the_sieve_agrees_with_trial_division(
    first: int,
    last: int,
    signs: tuple[int, ...],
    way: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, way)
    numbers = [
        int(gmpy2.primorial(p)) + c for p in naive.primes(first, last) for c in signs
    ]
    check(lambda: Primorials(first, last, signs), numbers, 2, 4000)


def test_a_sieve_of_nothing_removes_nothing() -> None:
    cells, factors = Primorials(24, 28).sieve(2, 1000)
    assert cells.size == factors.size == 0
