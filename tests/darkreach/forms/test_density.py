"""The expected number of primes against searches with known results."""

from __future__ import annotations

import gmpy2
import pytest

from darkreach.forms.density import chance, expected_primes


def left(values: list[int], depth: int) -> list[int]:
    product = gmpy2.primorial(depth)
    return [v for v in values if gmpy2.gcd(v, product) == 1]


@pytest.mark.parametrize("depth", [100, 10_000])
def test_it_is_near_the_truth_for_numbers_at_large(depth: int) -> None:
    values = left(list(range(2**60 + 1, 2**60 + 60_000, 2)), depth)
    primes = sum(gmpy2.is_prime(v) for v in values)
    expected = expected_primes([61] * len(values), depth)
    assert 0.85 * primes < expected < 1.15 * primes


def test_it_is_near_the_truth_for_factorials() -> None:
    values = [gmpy2.fac(n) + c for n in range(20, 400) for c in (1, -1)]
    survivors = left(values, 10_000)
    expected = expected_primes([v.bit_length() for v in survivors], 10_000)
    # A002981 and A002982 between these bounds.
    known = [27, 37, 41, 73, 77, 116, 154, 320, 340, 399]
    known += [30, 32, 33, 38, 94, 166, 324, 379]
    assert 0.5 * len(known) < expected < 2 * len(known)


def test_a_number_below_the_square_of_the_depth_is_prime() -> None:
    assert chance(20, 1024) == 1.0
    assert chance(2, 2) == 1.0
    assert chance(10**6, 10**9) < 1e-4
