"""Algebraic factors divide, are proper, and none of the classical ones is missed."""

from __future__ import annotations

from math import factorial

import gmpy2
import numpy as np
import pytest

from darkreach.expression.evaluate import evaluate
from darkreach.expression.parse import parse
from darkreach.sieve.algebraic import (
    AURIFEUILLE,
    DIFFERENCE,
    SUM,
    WILSON,
    covering_set,
    factor_of_factorial,
    factor_of_power,
    generalized_fermat_powers,
)
from darkreach.sieve.cullen import CullenWoodall
from darkreach.sieve.factorial import Factorials
from darkreach.sieve.fixed_n_bits import KBits
from darkreach.sieve.generalized_fermat import GeneralizedFermats


def value(text: str) -> int:
    (node,) = parse(text)
    return int(evaluate(node, {}))


def _root(x: int, q: int) -> int:
    return int(gmpy2.iroot(x, q)[0])


def _has_factor(power: int, c: int) -> bool:
    """By exact roots of the number itself: is it x^q - 1 with x > 2 or q composite,
    x^q + 1 with odd q, or 4y^4 + 1 with y > 1?"""
    for q in range(2, power.bit_length() + 1):
        if _root(power, q) ** q == power:
            x = _root(power, q)
            if c < 0 and (x > 2 or not gmpy2.is_prime(q)) and x > 1:
                return True
            if c > 0 and q % 2 and x > 1:
                return True
    y = _root(power // 4, 4)
    return c > 0 and y > 1 and 4 * y**4 == power


@pytest.mark.parametrize("c", [1, -1])
def test_powers_have_exactly_the_factors_of_algebra(c: int) -> None:
    names = set()
    for b in (2, 3, 4, 6, 8, 9, 12, 18, 36, 50):
        for k in [*range(1, 40), 64, 72, 81, 108, 162, 243, 324, 625, 2500]:
            for n in range(1, 16):
                found = factor_of_power(k, b, n, c)
                number = k * b**n + c
                assert (found is not None) == _has_factor(number - c, c), (k, b, n, c)
                if found:
                    names.add(found.name)
                    assert number % value(found.factor) == 0
                    assert 1 < value(found.factor) < number
    assert names == ({SUM, AURIFEUILLE} if c > 0 else {DIFFERENCE})


def test_large_exponents_cost_nothing() -> None:
    found = factor_of_power(9, 4, 10**9, -1)
    assert found is not None and found.factor == f"3*2^{10**9}-1"


def test_wilson_names_the_factorials_next_to_primes() -> None:
    for n in range(1, 200):
        for c in (1, -1):
            found = factor_of_factorial(n, c)
            number = factorial(n) + c
            p = n + 1 if c > 0 else n + 2
            assert (found is not None) == bool(gmpy2.is_prime(p) and 1 < p < number)
            if found:
                assert (found.name, found.factor) == (WILSON, str(p))
                assert number % p == 0


@pytest.mark.parametrize("m", [1, 2, 5])
def test_powers_among_the_bases_of_generalized_fermat_numbers(m: int) -> None:
    found = dict(generalized_fermat_powers(m, 3000))
    for b in range(2, 3001):
        number = b**2**m + 1
        assert (b in found) == _has_factor(number - 1, 1), b
        if b in found:
            assert number % value(found[b].factor) == 0
            assert 1 < value(found[b].factor) < number


@pytest.mark.parametrize(
    ("k", "b", "c", "primes"),
    [
        (78557, 2, 1, [3, 5, 7, 13, 19, 37, 73]),
        (509203, 2, -1, [3, 5, 7, 13, 17, 241]),
        (10223, 2, 1, None),
        (1, 2, 1, None),
    ],
)
def test_covering_sets_of_sierpinski_and_riesel_are_found(
    k: int, b: int, c: int, primes: list[int] | None
) -> None:
    found = covering_set(k, b, c)
    assert found == primes
    for n in range(500 if found else 0):
        assert any((k * pow(b, n, p) + c) % p == 0 for p in found or [])


def test_families_leave_out_what_algebra_removes() -> None:
    for sieve in (
        Factorials(1, 60),
        Factorials(1, 60, step=2),
        CullenWoodall(2, 1, 300),
        CullenWoodall(12, 1, 60),
        GeneralizedFermats(1, 2, 2000),
        GeneralizedFermats(3, 2, 2000),
    ):
        before = sieve.alive
        removed = sieve.remove_algebraic()
        assert removed or isinstance(sieve, Factorials)
        for cell, found in removed:
            number = value(sieve.name(cell))
            assert number % value(found.factor) == 0
            assert 1 < value(found.factor) < number
        cells = [cell for cell, _ in removed]
        assert np.flatnonzero(before & ~sieve.alive).tolist() == sorted(cells)
        assert sieve.remove_algebraic() == []


@pytest.mark.parametrize(("b", "n"), [(2, 1), (2, 7), (3, 4), (6, 12), (12, 9)])
def test_bits_of_k_leave_out_exactly_the_powers(b: int, n: int) -> None:
    sieve = KBits(b, n, 2, 3000, [(1, 1), (1, -1), (2, 1)], joint=False)
    removed = {(k, place) for k, place, _ in sieve.remove_algebraic()}
    for place, (m, c) in enumerate(sieve.members):
        for k in range(2, 3001):
            algebraic = factor_of_power(m * k, b, n, c) is not None
            assert ((k, place) in removed) == algebraic, (k, m, c)
            assert sieve.alive(place)[k - 2] == (not algebraic)
