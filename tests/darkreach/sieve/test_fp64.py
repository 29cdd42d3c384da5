"""Floating-point products are those of Python's whole numbers, up to 2^50."""

from __future__ import annotations

import random
from typing import Any

import gmpy2
import numpy as np
import pytest
from numpy.typing import NDArray

from darkreach.jit import kernel
from darkreach.sieve.fp64 import (
    CONSTANT_LIMIT,
    LANES,
    LIMIT,
    canonical,
    digits,
    power,
    product,
    reciprocal,
    residue,
)


@kernel("void(float64[::1], float64[::1], float64[::1], float64[::1])")
def products(a: Any, b: Any, p: Any, out: Any) -> None:
    """out[i] = a[i]*b[i] mod p[i]."""
    for i in range(a.size):
        out[i] = product(a[i], b[i], p[i], reciprocal(p[i]))


@kernel("void(float64[::1], uint64, float64[::1], float64[::1])")
def everything(number: Any, e: Any, p: Any, out: Any) -> None:
    """The number of all these digits mod each p, and its power, in [0, p)."""
    for i in range(p.size):
        inv = reciprocal(p[i])
        x = residue(number, 0, number.size, p[i], inv)
        out[2 * i] = canonical(x, p[i])
        out[2 * i + 1] = canonical(power(x, e, p[i], inv), p[i])


@kernel("bool_(float64[::1], float64[::1])")
def chain(state: Any, constants: Any) -> bool:
    """state = residues, primes, reciprocals of one block: multiply by each constant."""
    hit = False
    for c in constants:
        for lane in range(32):
            r = product(state[lane], c, state[32 + lane], state[64 + lane])
            state[lane] = r
            hit = hit | (abs(r) == 1.0)
    return hit


def _prime(chance: random.Random, low: int = 2, high: int = 50) -> int:
    below = 2 ** chance.randint(low, high)
    return int(gmpy2.prev_prime(chance.randint(max(below // 2, 4), below)))


def _floats(values: list[int]) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64)


def test_products_are_exact_and_small_for_all_primes_below_the_limit() -> None:
    chance = random.Random(50)
    ps = [_prime(chance) for _ in range(20_000)]
    ps += [int(gmpy2.prev_prime(LIMIT))] * 20_000
    a = [chance.randint(-3 * p // 4, 3 * p // 4) for p in ps]
    b = [chance.randint(-(p - 1), p - 1) for p in ps]
    extreme = [(s * (p // 2 + d)) for p in ps[-9:] for s in (1, -1) for d in (0, 1)]
    a += extreme
    b += extreme[::-1]
    ps += [ps[-1]] * len(extreme)
    out = np.empty(len(ps))
    products(_floats(a), _floats(b), _floats(ps), out)
    for x, y, p, r in zip(a, b, ps, out.astype(int).tolist(), strict=True):
        assert (x * y - r) % p == 0 and 4 * abs(r) <= 3 * p + 4, (x, y, p)


def test_a_constant_may_be_larger_than_the_prime() -> None:
    chance = random.Random(49)
    ps = [_prime(chance) for _ in range(20_000)]
    a = [chance.randint(-3 * p // 4, 3 * p // 4) for p in ps]
    b = [chance.choice([CONSTANT_LIMIT - 1, chance.randint(1, 2**49 - 1)]) for _ in ps]
    out = np.empty(len(ps))
    products(_floats(a), _floats(b), _floats(ps), out)
    for x, y, p, r in zip(a, b, ps, out.astype(int).tolist(), strict=True):
        assert (x * y - r) % p == 0 and 4 * abs(r) <= 3 * p + 4, (x, y, p)


@pytest.mark.parametrize("bits", [1, 24, 25, 49, 64, 129, 1000])
def test_large_numbers_and_their_powers_are_exact(bits: int) -> None:
    chance = random.Random(bits)
    number = chance.choice([1, -1]) * chance.getrandbits(bits)
    e = chance.choice([0, 1, chance.getrandbits(64)])
    ps = [3, 5, 7, *(_prime(chance) for _ in range(300))]
    ps = [p for p in ps if p > 2]
    out = np.empty(2 * len(ps))
    everything(digits(number)[0], np.uint64(e), _floats(ps), out)
    for i, p in enumerate(ps):
        expected = [number % p, pow(number, e, p)]
        assert out[2 * i : 2 * i + 2].astype(int).tolist() == expected, p


def test_a_block_is_vectorised_and_stays_exact_over_many_products() -> None:
    chance = random.Random(1)
    ps = [_prime(chance, 11) for _ in range(LANES)]
    constants = [chance.randint(1, CONSTANT_LIMIT - 1) for _ in range(3000)]
    state = np.concatenate([np.ones(LANES), _floats(ps), 1.0 / _floats(ps)])
    chain(state, _floats(constants))
    for lane, p in enumerate(ps):
        expected = 1
        for c in constants:
            expected = expected * c % p
        assert int(state[lane]) % p == expected


def test_digits_come_most_significant_first() -> None:
    values, first = digits(0, 5, -(2**24), 2**48 + 3)
    assert values.tolist() == [0, 5, -1, 0, 1, 0, 3]
    assert first.tolist() == [0, 1, 2, 4, 7]
