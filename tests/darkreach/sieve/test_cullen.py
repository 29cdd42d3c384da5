"""The sieve of Cullen and Woodall numbers removes what trial division removes."""

from __future__ import annotations

import numpy as np
import pytest

from darkreach.sieve.cullen import CullenWoodall
from darkreach.sieve.machine import VARIABLE
from tests.darkreach.sieve import naive
from tests.darkreach.sieve.families import BOTH, check


@pytest.mark.parametrize("way", BOTH)
@pytest.mark.parametrize("b", [2, 3, 6, 10, 13, 1009, 5000, 2**64 + 13])
@pytest.mark.parametrize("signs", [(1,), (-1,), (1, -1)])
def test_the_sieve_agrees_with_trial_division(
    b: int, signs: tuple[int, ...], way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, way)
    for first, last in [(1, 60), (55, 120)]:
        numbers = [n * b**n + c for n in range(first, last + 1) for c in signs]
        check(
            lambda first=first, last=last: CullenWoodall(b, first, last, signs),
            numbers,
            2,
            4000,
        )


@pytest.mark.parametrize("b", [2, 3, 1013])
def test_gaps_of_any_length_are_walked(b: int) -> None:
    ns = range(1000, 1600)
    wanted = np.array([n % 97 == 5 or n < 1010 for n in ns])
    numbers = [n * b**n - 1 if keep else 0 for n, keep in zip(ns, wanted, strict=True)]
    expected = naive.smallest_factors(numbers, 3, 20_000)
    cells, factors = CullenWoodall(b, 1000, 1599, (-1,), wanted).sieve(3, 20_000)
    found = dict(zip(cells.tolist(), factors.tolist(), strict=True))
    assert found == {i: p for i, p in expected.items() if p}
