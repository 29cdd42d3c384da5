"""Factors of small numbers against trial division."""

from __future__ import annotations

import random
from math import prod

import gmpy2

from darkreach.arithmetic.factors import least_factor, prime_factors


def naive_factors(value: int) -> dict[int, int]:
    found: dict[int, int] = {}
    divisor = 2
    while divisor * divisor <= value:
        while value % divisor == 0:
            found[divisor] = found.get(divisor, 0) + 1
            value //= divisor
        divisor += 1
    return found | ({value: found.get(value, 0) + 1} if value > 1 else {})


def test_small_numbers_are_factored_as_by_trial_division() -> None:
    random.seed(4)
    for value in [*range(1, 3000), *(random.randrange(10**9) + 1 for _ in range(300))]:
        assert prime_factors(value) == (naive_factors(value), 1)


def test_products_of_two_large_primes_are_split() -> None:
    random.seed(5)
    for _ in range(30):
        p = int(gmpy2.next_prime(random.getrandbits(31)))
        q = int(gmpy2.next_prime(random.getrandbits(31)))
        found, left = prime_factors(p * q)
        assert left == 1
        assert prod(prime**times for prime, times in found.items()) == p * q
        assert least_factor(p * q) == min(p, q)


def test_what_cannot_be_split_in_time_is_left_over() -> None:
    p, q = gmpy2.next_prime(2**90), gmpy2.next_prime(2**95)
    assert prime_factors(int(12 * p * q)) == ({2: 2, 3: 1}, p * q)


def test_a_prime_above_two_to_the_64_counts_as_unknown() -> None:
    p = int(gmpy2.next_prime(2**70))
    assert prime_factors(5 * p) == ({5: 1}, p)
