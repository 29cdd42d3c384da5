"""Discrete logarithms in blocks find what trial division finds, in both arithmetics."""

from __future__ import annotations

import random
import re

import gmpy2
import numpy as np
import pytest

from darkreach.jit import Kernel
from darkreach.sieve import baby_giant, machine, power_classes
from darkreach.sieve.cells import Cells, whole
from darkreach.sieve.engine import Sieve
from darkreach.sieve.fixed_k import FixedK
from darkreach.sieve.repunits import roots_float
from darkreach.sieve.terms import Sources
from tests.darkreach.sieve import naive
from tests.darkreach.sieve.rows import only_fixed_k, sieved, terms

ROADS = [
    pytest.param(machine.FP64, id="floating point"),
    pytest.param(machine.MONTGOMERY, id="words"),
]


def _rows(chance: random.Random) -> list[naive.Row]:
    b = chance.choice([2, 2, 3, 4, 5, 6, 10, 13, 30, 10**30 + 57])
    first = chance.choice([0, 1, 7, 100])
    step = chance.choice([1, 1, 1, 2, 5, 240])
    width = chance.choice([40, 300, 1000])
    places = []
    for _ in range(chance.choice([1, 1, 2, 5])):
        k = chance.choice([1, 2, 9, chance.randint(1, 10**5), 10**20 + 9])
        places += [(k, chance.choice([1, -1]))]
    rows, index = [], 0
    for k, c in dict.fromkeys(places):
        for n in range(first, first + width * step, step):
            rows.append((0, k, b, c, n, index))
            index += 1
    return [row for row in rows if chance.random() < 0.7]


def _blocks_only(sieve: Sieve) -> None:
    """Every prime from 17 on goes through the blocks."""
    sieve.groups = only_fixed_k(sieve.terms)
    for group in sieve.groups:
        assert isinstance(group, FixedK)
        group.fewest_cells, group.small_primes = 0, 17


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("seed", range(24))
def test_blocks_agree_with_prime_by_prime(
    seed: int, road: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other side is the sieve of test_engine.py, which trial division checks."""
    monkeypatch.setenv(machine.VARIABLE, road)
    chance = random.Random(seed)
    rows = _rows(chance)
    low, high = chance.choice([(2, 3000), (17, 500), (5000, 9000)])
    cuts = sorted({low, high, *(chance.randint(low, high) for _ in range(2))})
    plain = Sieve(terms(rows))
    plain.groups = only_fixed_k(plain.terms)
    for group in plain.groups:
        assert isinstance(group, FixedK)
        group.fewest_cells = 2**62
    expected = sieved(plain, [low, high])
    blocks = Sieve(terms(rows))
    _blocks_only(blocks)
    assert sieved(blocks, cuts) == expected


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("seed", range(6))
def test_blocks_agree_with_trial_division(
    seed: int, road: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(machine.VARIABLE, road)
    rows = [row for row in _rows(random.Random(100 + seed)) if row[4] < 700]
    blocks = Sieve(terms(rows))
    _blocks_only(blocks)
    assert sieved(blocks, [17, 90, 400, 900]) == naive.removed(rows, 17, 899)


def _planted(low: int, count: int) -> tuple[FixedK, dict[int, int]]:
    """Sequences k*7^n-1, each with one number that a prime above low divides."""
    chance = random.Random(low)
    width, start = 20_000, 10**6
    ks, cells, wanted = [], [], {}
    p = low
    for line in range(count):
        p = int(gmpy2.next_prime(p))
        j = chance.randrange(width)
        ks.append(pow(7, -(start + j), p))
        cells.append(line * width + j)
        wanted[line] = p
    group = FixedK(
        b=7,
        sources=Sources(
            whole(*ks), whole(*[7] * count), whole(*[-1] * count), whole(*[0] * count)
        ),
        start=start,
        step=1,
        width=width,
        cells=Cells.make(count * width, np.array(cells), np.arange(count)),
    )
    return group, wanted


@pytest.mark.parametrize("low", [10**5, 10**9, 2**40, 2**49, 2**50, 2**61])
def test_large_primes_find_what_was_planted(low: int) -> None:
    group, wanted = _planted(low, 12)
    primes = np.array(sorted(wanted.values()), dtype=np.int64)
    rows, factors = group.strike(primes)
    found = dict(zip(rows.tolist(), factors.tolist(), strict=True))
    assert found.keys() == wanted.keys()
    if low > 10**6:  # no other of the few primes divides one of these numbers
        assert found == wanted
    assert group.strike(primes)[0].size == 0


def test_more_hits_than_there_was_room_for() -> None:
    """Thousands of numbers have a factor below 200: the table of hits grows."""
    rows = [(0, 1, 4, -1, n, n) for n in range(1, 30_000)]
    sieve = Sieve(terms(rows))
    _blocks_only(sieve)
    found = sieved(sieve, [17, 200])
    for n in (8, 6, 11, 29_997):
        first = next((p for p in naive.primes(17, 199) if pow(4, n, p) == 1), None)
        assert found.get(n) == (None if first is None else (first, 0))
    assert len(found) > 2**13


@pytest.mark.parametrize(
    "kernel", [baby_giant.search_float, power_classes.classes_float, roots_float]
)
def test_the_kernels_work_on_whole_vectors(kernel: Kernel) -> None:
    code = kernel.assembly()
    vectors = re.findall(r"vfn?m(?:add|sub)\w*pd.*%[yz]mm", code)
    single = re.findall(r"vfn?m(?:add|sub)\w*sd", code)
    assert len(vectors) > 20 and len(vectors) > len(single)
