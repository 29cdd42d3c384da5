"""Inverse powers of a block of primes are those of Python."""

from __future__ import annotations

import random

import gmpy2
import numpy as np
import pytest

from darkreach.sieve import powers
from darkreach.sieve.fp64 import LIMIT
from darkreach.sieve.machine import fused_multiply_add
from darkreach.sieve.powers import TABLE_LIMIT, InversePower, inverse_powers
from tests.darkreach.sieve.test_machine import vectorised

BASES = [2, 3, 4, 10, 97, TABLE_LIMIT - 1, TABLE_LIMIT, 10**6 + 3, 2**61 - 1, 10**30]
EXPONENTS = [0, 1, 2, 3, 5, 100, 65_535, 65_536, 99_999, 10**9 + 7, 2**40 + 1]


@pytest.mark.parametrize("b", BASES)
def test_powers_agree_with_python(b: int) -> None:
    chance = random.Random(b)
    drawn = [chance.randrange(2**10, 2 ** chance.randint(11, 50)) for _ in range(70)]
    primes = [int(gmpy2.next_prime(x)) for x in drawn] + [gmpy2.prev_prime(LIMIT)]
    chosen = np.array([int(p) for p in primes if p < LIMIT and b % p], dtype=np.int64)
    for n in [*EXPONENTS, chance.getrandbits(30)]:
        out = np.empty(chosen.size)
        inverse_powers(chosen, *InversePower(b, n).arrays, out)
        for p, r in zip(chosen.tolist(), out.astype(int).tolist(), strict=True):
            assert r % p == pow(b, -n, p), (b, n, p)


def test_the_powers_are_vectorised() -> None:
    assert vectorised(powers.inverse_powers) or not fused_multiply_add()
