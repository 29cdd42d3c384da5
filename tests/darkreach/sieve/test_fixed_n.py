"""The sieve over k finds the same in floating point and in words."""

from __future__ import annotations

import random

import numpy as np
import pytest

from darkreach.sieve import fixed_n
from darkreach.sieve.cells import Cells
from darkreach.sieve.fixed_n import FixedN
from darkreach.sieve.machine import VARIABLE, fused_multiply_add
from darkreach.sieve.primes import primes
from tests.darkreach.sieve import naive
from tests.darkreach.sieve.families import BOTH
from tests.darkreach.sieve.test_machine import vectorised


def _group(chance: random.Random) -> FixedN:
    width = chance.choice([1, 5, 40])
    first, gap = chance.choice([0, 1, 30]), chance.choice([1, 7, 70, 200])
    ns = sorted(
        {first + gap * i + chance.randint(0, 1) for i in range(chance.choice([1, 4]))}
    )
    every = np.arange(len(ns) * width)
    return FixedN(
        b=chance.choice([2, 3, 6, 10, 1009, 4001, 5003, 2**64 + 13]),
        c=chance.choice([1, -1]),
        n=np.array(ns[::-1]),
        low=chance.choice([1, 1, 5, 10**25 + 7]),
        step=chance.choice([1, 1, 2, 6, 1511, 2003 * 5003]),
        width=width,
        cells=Cells.make(every.size, every, every),
    )


@pytest.mark.parametrize("way", BOTH)
@pytest.mark.parametrize("seed", range(60))
def test_the_sieve_agrees_with_trial_division(
    seed: int, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, way)
    group = _group(random.Random(seed))
    numbers = [
        (group.low + group.step * j) * group.b**n + group.c
        for n in group.n.tolist()
        for j in range(group.width)
    ]
    rows, factors = group.strike(primes(3, 6000))
    found = dict(zip(rows.tolist(), factors.tolist(), strict=True))
    assert len(found) == rows.size, "a row was reported twice"
    expected = naive.smallest_factors(numbers, 3, 6000)
    for row, number in enumerate(numbers):
        if number > 6000:  # the caller forgives a number that is its own factor
            assert found.get(row) == expected[row]


@pytest.mark.parametrize("start", [10**6, 10**9, 2**32, 10**12, 2**49 - 5000])
def test_both_multiplications_find_the_same_among_large_primes(
    start: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(start)
    window = primes(start, start + 3000)
    for p in (int(window[0]), int(window[-1])):
        n = np.array([5000, 4000, 3995])
        low = chance.randrange(10**6)
        c = chance.choice([1, -1])
        k = -c * pow(3, -4000, p) % p
        low = max(k - 6 * chance.randrange(50), 1 + (k - 1) % 6)
        found = []
        for way in BOTH:
            monkeypatch.setenv(VARIABLE, way)
            every = np.arange(3 * 60)
            cells = Cells.make(every.size, every, every)
            group = FixedN(3, c, n, low, 6, 60, cells)
            rows, factors = group.strike(window)
            found.append(dict(zip(rows.tolist(), factors.tolist(), strict=True)))
        assert found[0] == found[1]
        assert found[0][60 + (k - low) // 6] == p


def test_the_walk_is_vectorised() -> None:
    assert vectorised(fixed_n.strike_fp64) or not fused_multiply_add()
