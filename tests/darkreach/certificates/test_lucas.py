"""The verifier's own arithmetic against gmpy2 and against the definitions."""

from __future__ import annotations

import random

import gmpy2
import pytest

from darkreach.certificates.lucas import is_small_prime, jacobi, lucas_u, lucas_v


def naive_terms(p: int, q: int, count: int) -> list[tuple[int, int]]:
    """(U_m, V_m) for m = 0, 1, ... by the recurrence, without a modulus."""
    terms = [(0, 2), (1, p)]
    while len(terms) < count:
        (u, v), (x, y) = terms[-2:]
        terms.append((p * x - q * u, p * y - q * v))
    return terms


def test_the_jacobi_symbol_is_that_of_gmpy2() -> None:
    random.seed(7)
    for n in range(1, 200, 2):
        for a in range(-50, 200):
            assert jacobi(a, n) == gmpy2.jacobi(a, n)
    for _ in range(2000):
        a, n = random.getrandbits(200) - 2**199, random.getrandbits(200) | 1
        assert jacobi(a, n) == gmpy2.jacobi(a, n)


@pytest.mark.parametrize("n", [0, 8, -3])
def test_the_jacobi_symbol_needs_an_odd_positive_modulus(n: int) -> None:
    with pytest.raises(ValueError, match="odd positive"):
        jacobi(3, n)


def test_small_primes_are_told_exactly() -> None:
    random.seed(8)
    values = [*range(-3, 5000), *(random.getrandbits(64) for _ in range(2000))]
    # Strong pseudoprimes to the first bases.
    values += [2047, 1373653, 25326001, 3215031751, 3474749660383, 341550071728321]
    values += [3825123056546413051, 2**64 - 59, 2**61 - 1]
    for value in values:
        assert is_small_prime(value) == (value > 1 and gmpy2.is_prime(value)), value
    assert not is_small_prime(2**64 + 13)


def test_lucas_terms_are_those_of_the_recurrence() -> None:
    for p, q in ((1, -1), (3, 1), (4, 1), (5, 7), (2, -3)):
        for m, (u, v) in enumerate(naive_terms(p, q, 60)):
            for n in (2, 7, 91, 10**9 + 7):
                assert lucas_u(p, q, gmpy2.mpz(m), n) == u % n
                assert lucas_v(p, q, gmpy2.mpz(m), n) == v % n
