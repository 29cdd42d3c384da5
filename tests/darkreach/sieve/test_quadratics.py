"""Carol, Kynea and other quadratics in b^n: what trial division removes, no more."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from pathlib import Path

import gmpy2
import numpy as np
import pytest

from darkreach.sieve import machine
from darkreach.sieve.carol_kynea import carol_kynea
from darkreach.sieve.primes import primes
from darkreach.sieve.quadratics import Quadratic, Quadratics
from tests.darkreach.sieve import naive

VECTORS = Path(__file__).parents[2] / "vectors"


def _numbers(sieve: Quadratics) -> dict[int, int]:
    """The numbers of the cells."""
    numbers = {}
    for line, q in enumerate(sieve.numbers):
        for j in range(sieve.width):
            x = sieve.b ** (sieve.start + sieve.step * j)
            numbers[line * sieve.width + j] = (
                (q.a2 * x + q.a1) * x + q.a0
            ) // q.divisor
    return numbers


def _struck(sieve: Quadratics, edges: list[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for low, end in pairwise(edges):
        rows, factors = sieve.strike(primes(low, end - 1))
        for row, factor in zip(rows.tolist(), factors.tolist(), strict=True):
            assert row not in found
            found[row] = factor
    return found


def _expected(sieve: Quadratics, low: int, end: int) -> dict[int, int]:
    small = naive.primes(low, end - 1)
    found = {}
    for cell, number in _numbers(sieve).items():
        if number < 2:
            continue
        factor = next((p for p in small if number % p == 0 and number != p), None)
        if factor:
            found[cell] = factor
    return found


@pytest.mark.parametrize("road", [machine.FP64, machine.MONTGOMERY])
@pytest.mark.parametrize("b", [2, 3, 4, 6, 10, 14, 22, 35, 2**65 + 3])
def test_carol_and_kynea_numbers_of_any_base(
    b: int, road: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(machine.VARIABLE, road)
    chance = random.Random(b)
    first, step = chance.choice([0, 1, 5]), chance.choice([1, 1, 3])
    sieve = carol_kynea(b, first, first + 150 * step, step=step)
    cuts = [2, chance.randint(3, 900), chance.randint(1000, 2500), 4000]
    expected = _expected(sieve, 2, 4000)
    assert _struck(sieve, cuts) == expected
    for cell, number in _numbers(sieve).items():
        assert sieve.cells.alive[cell] == (number >= 2 and cell not in expected)


@pytest.mark.parametrize("road", [machine.FP64, machine.MONTGOMERY])
@pytest.mark.parametrize(
    ("b", "numbers"),
    [
        pytest.param(10, [Quadratic(10, -1, -1)], id="10^(2n+1)-10^n-1"),
        pytest.param(10, [Quadratic(10**4, 6660, 1)], id="Belphegor"),
        pytest.param(
            10,
            [Quadratic(10 * d, 9 * e, -d, 9) for d in range(1, 10) for e in (1, -1)],
            id="repdigits with another middle",
        ),
        pytest.param(7, [Quadratic(3, 0, 2), Quadratic(1, 1, 1)], id="no middle"),
        pytest.param(2, [Quadratic(1, 2, 1)], id="squares"),
    ],
)
def test_other_quadratics(
    b: int, numbers: list[Quadratic], road: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(machine.VARIABLE, road)
    sieve = Quadratics(b, 1, 1, 120, numbers)
    expected = _expected(sieve, 2, 3000)
    assert _struck(sieve, [2, 700, 1500, 3000]) == expected


@pytest.mark.parametrize("low", [10**9, 2**45, 2**55])
def test_large_primes_find_what_was_planted(low: int) -> None:
    b, n = 5, 10**6 + 7
    p = low
    for _ in range(3):
        p = int(gmpy2.next_prime(p))
        x = pow(b, n, p)
        a1 = (1 - x * x) * pow(x, -1, p) % p  # x^2 + a1*x - 1 = 0
        sieve = Quadratics(b, n - 500, 1, 1000, [Quadratic(1, a1, -1)])
        rows, factors = sieve.strike(np.array([p]))
        assert 500 in rows.tolist() and set(factors.tolist()) == {p}


def test_known_carol_primes_survive() -> None:
    known = json.loads((VECTORS / "carol.json").read_text())
    sieve = carol_kynea(2, 2, 2000)
    sieve.strike(primes(2, 20_000))
    carol = set((np.flatnonzero(sieve.cells.alive[: sieve.width]) + 2).tolist())
    assert {n for n in known if n <= 2000} <= carol
    assert len(carol) < 600


def test_what_is_no_quadratic_is_refused() -> None:
    with pytest.raises(ValueError, match="a quadratic needs"):
        Quadratic(1, 1, 0)
    with pytest.raises(ValueError, match="not a whole number"):
        Quadratic(1, 1, 1, 9).modulo(10, 7)
