"""Montgomery arithmetic gives the numbers of Python."""

from __future__ import annotations

import random
from typing import Any

import gmpy2
import numpy as np
from numpy.typing import NDArray

from darkreach.jit import kernel
from darkreach.sieve.cells import limbs, whole
from darkreach.sieve.modmul import (
    ONE,
    P_LIMIT,
    inverse_word,
    one,
    power,
    product,
    residue,
    square_of_r,
)


@kernel("void(uint64[::1], uint64[::1], uint64, uint64[::1])")
def everything(
    words: NDArray[np.uint64], primes: NDArray[np.uint64], e: Any, out: Any
) -> None:
    """Of each p: words mod p, its power e, and its square times R^2 taken off again."""
    for i in range(primes.size):
        p = primes[i]
        ip = inverse_word(p)
        unit = one(p)
        r2 = square_of_r(unit, p, ip)
        x = residue(words, 0, words.size, r2, p, ip)
        out[3 * i] = product(x, ONE, p, ip)
        out[3 * i + 1] = product(power(x, e, unit, p, ip), ONE, p, ip)
        out[3 * i + 2] = product(product(x, x, p, ip), ONE, p, ip)


def _primes(chance: random.Random) -> list[int]:
    small = [3, 5, 7, 11, 2**31 - 1, 2**61 - 1, int(gmpy2.prev_prime(P_LIMIT))]
    drawn = (chance.getrandbits(chance.randint(3, 61)) | 4 for _ in range(300))
    return small + [int(gmpy2.next_prime(x)) for x in drawn]


def test_residues_powers_and_products_are_exact() -> None:
    chance = random.Random(64)
    for bits in (1, 63, 64, 65, 127, 128, 129, 1000):
        value, e = chance.getrandbits(bits), chance.getrandbits(64)
        chosen = [p for p in _primes(chance) if p < P_LIMIT]
        out = np.empty(3 * len(chosen), dtype=np.uint64)
        words, _ = limbs(whole(value))
        everything(words, np.array(chosen, dtype=np.uint64), np.uint64(e), out)
        for i, p in enumerate(chosen):
            expected = [value % p, pow(value, e, p), value * value % p]
            assert out[3 * i : 3 * i + 3].tolist() == expected, p


def test_limbs_come_most_significant_first() -> None:
    words, first = limbs(whole(0, 5, 2**64, 2**130 + 9))
    assert words.tolist() == [0, 5, 1, 0, 4, 0, 9]
    assert first.tolist() == [0, 1, 2, 4, 7]
