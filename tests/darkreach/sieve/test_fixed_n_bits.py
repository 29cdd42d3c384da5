"""The bit map of k*b^n+c loses exactly the k that trial division removes."""

from __future__ import annotations

import random

import gmpy2
import numpy as np
import pytest

from darkreach.errors import DarkreachError
from darkreach.sieve import fixed_n_bits
from darkreach.sieve.fixed_n_bits import (
    CUNNINGHAM_SECOND,
    SOPHIE_GERMAIN,
    TWINS,
    KBits,
)
from darkreach.sieve.machine import VARIABLE
from tests.darkreach.sieve import naive
from tests.darkreach.sieve.families import BOTH

MEMBERS = [TWINS, SOPHIE_GERMAIN, CUNNINGHAM_SECOND, ((1, 1), (2, 1), (4, 1))]


def _left(sieve: KBits, high: int) -> list[list[bool]]:
    """For each member, for each k: is its number left by trial division?"""
    ks = range(sieve.first, sieve.last + 1)
    each = []
    for m, c in sieve.members:
        numbers = [m * k * sieve.b**sieve.n + c for k in ks]
        found = naive.smallest_factors(numbers, 2, high)
        each.append([found.get(i, 0) is None for i in range(len(numbers))])
    if sieve.joint:
        both = [all(members) for members in zip(*each, strict=True)]
        return [both] * len(each)
    return each


@pytest.mark.parametrize("way", BOTH)
@pytest.mark.parametrize("seed", range(30))
def test_the_sieve_agrees_with_trial_division(
    seed: int, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, way)
    monkeypatch.setattr(
        fixed_n_bits, "SEGMENT", random.Random(seed).choice([64, 2**21])
    )
    chance = random.Random(seed)
    first = chance.choice([1, 1, 2, 7, 100, 1000])
    sieve = KBits(
        chance.choice([2, 2, 3, 5, 6, 10, 1009, 2**64 + 13]),
        chance.choice([1, 1, 2, 3, 5, 20, 60]),
        first,
        first + chance.randint(0, 150),
        chance.choice([*MEMBERS, ((1, 1),), ((1, -1),)]),
        chance.random() < 0.5,
    )
    high = chance.choice([100, 1000, 3000])
    middle = chance.randint(2, high)
    sieve.sieve(2, middle)
    sieve.sieve(middle + 1, high)
    expected = _left(sieve, high)
    for member in range(len(sieve.members)):
        assert sieve.alive(member).tolist() == expected[member]


@pytest.mark.parametrize("way", BOTH)
@pytest.mark.parametrize(
    "p", [10**9 + 7, 2**32 + 15, 2**50 - 27, 2**50 + 55, 2**61 - 1]
)
def test_large_primes_remove_and_report_what_they_divide(
    p: int, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, way)
    b, k = 3, 123_456
    n = (
        next(n for n in range(1, 10**9) if _inside(pow(b, -n, p), p))
        if p < 2**31
        else 0
    )
    window = np.array([int(gmpy2.prev_prime(p)), p, int(gmpy2.next_prime(p))])
    for m, c in [(1, 1), (1, -1), (2, 1), (2, -1), (8, 1)]:
        if not n:  # choose b instead: m*k*b + c = 0 mod p
            b = -c * pow(m * k, -1, p) % p
        sieve = KBits(b, n or 1, 1, 2 * 10**5, [(m, c)])
        removed = sieve.strike(window)
        for found_k, q in zip(removed.k.tolist(), removed.factor.tolist(), strict=True):
            assert (m * found_k * pow(b, sieve.n, q) + c) % q == 0
            assert not sieve.alive()[found_k - 1]
        assert n or (k, p) in zip(
            removed.k.tolist(), removed.factor.tolist(), strict=True
        )


def _inside(r: int, p: int) -> bool:
    return min(r, p - r) <= 10**5


def test_composites_among_the_large_primes_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fixed_n_bits, "DIVISORS", 64)
    low, high = 50_000, 90_000
    for b, n in [(2, 200), (3, 101), (67, 60), (71 * 73, 30)]:
        sieve = KBits(b, n, 1, 12_000, TWINS)
        assert sieve._window(low, high).size > len(naive.primes(low, high))
        sieve.sieve(low, high)
        small = [p for p in naive.primes(low, high) if b % p]
        roots = {p: pow(b, -n, p) for p in small}
        expected = {k for p, r in roots.items() for k in (r, p - r) if k <= 12_000}
        assert set((1 + np.flatnonzero(~sieve.alive())).tolist()) == expected


def test_a_bit_that_is_out_is_not_reported_again() -> None:
    sieve = KBits(2, 100, 1, 10**5)
    first = sieve.sieve(4 * 10**5, 10**7)
    assert first.k.size > 1000 and np.unique(first.k).size == first.k.size
    assert sieve.sieve(4 * 10**5, 10**7).k.size == 0


def test_what_the_bits_cannot_hold_is_refused() -> None:
    for b, n, first, members in [
        (2, 0, 1, TWINS),
        (2, 5, 0, TWINS),
        (2, 5, 1, [(3, 1)]),
        (2, 5, 1, [(1, 2)]),
    ]:
        with pytest.raises(DarkreachError):
            KBits(b, n, first, 100, members)
