"""Every sieve removes exactly what trial division removes, however the work is cut."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from darkreach.errors import DarkreachError
from darkreach.sieve.direct import Direct
from darkreach.sieve.engine import Sieve
from darkreach.sieve.plan import Group
from darkreach.sieve.terms import Terms
from tests.darkreach.sieve import naive
from tests.darkreach.sieve.rows import (
    only_direct,
    only_fixed_k,
    only_fixed_n,
    sieved,
    terms,
)

WAYS = [only_fixed_k, only_fixed_n, only_direct]
HUGE_K, HUGE_B = 10**25 + 7, 2**64 + 13


def _grid(
    ks: range | list[int], bs: list[int], ns: range | list[int], signs: list[int]
) -> list[naive.Row]:
    places = [(k, b, n) for k in ks for b in bs for n in ns]
    return [
        (member, k, b, c, n, index)
        for index, (k, b, n) in enumerate(places)
        for member, c in enumerate(signs)
    ]


def _random_rows(chance: random.Random) -> list[naive.Row]:
    bs = [
        chance.choice([2, 3, 5, 6, 10, HUGE_B, chance.randint(2, 99)])
        for _ in range(chance.choice([1, 1, 1, 3]))
    ]
    first_n, step_n = chance.choice([0, 0, 1, 5, 90]), chance.choice([1, 1, 2, 3])
    first_k, step_k = chance.choice([1, 1, 3, HUGE_K]), chance.choice([1, 2, 6])
    many_n, many_k = chance.choice([(1, 60), (70, 1), (3, 20), (20, 4)])
    rows = _grid(
        range(first_k, first_k + many_k * step_k, step_k),
        list(dict.fromkeys(bs)),
        range(first_n, first_n + many_n * step_n, step_n),
        chance.choice([[1], [-1], [1, -1], [-1, 1]]),
    )
    if chance.random() < 0.3:
        rows = [row for row in rows if chance.random() < 0.4]
    return rows


@pytest.mark.parametrize("seed", range(40))
def test_all_algorithms_agree_with_trial_division(seed: int) -> None:
    chance = random.Random(seed)
    rows = _random_rows(chance)
    low, high = chance.choice([2, 2, 2, 3, 50]), chance.choice([100, 400, 1000])
    cuts = sorted({low, high + 1, *(chance.randint(low, high) for _ in range(2))})
    expected = naive.removed(rows, low, high)
    assert sieved(Sieve(terms(rows)), cuts) == expected
    for way in WAYS:
        sieve = Sieve(terms(rows))
        sieve.groups = way(sieve.terms)
        assert sieved(sieve, cuts) == expected, way.__name__


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(_grid([1], [2], range(70), [1]), id="orders of 2 dividing p-1"),
        pytest.param(_grid([1], [10], range(70), [-1]), id="repunits times nine"),
        pytest.param(_grid([15], [7], range(70), [1, -1]), id="p divides k or b"),
        pytest.param(_grid(range(1, 40), [30], [0, 1], [1, -1]), id="n = 0"),
        pytest.param(_grid([HUGE_K], [HUGE_B], range(40), [1, -1]), id="beyond words"),
        pytest.param(_grid([5], [4], range(0, 300, 60), [1]), id="exponents in steps"),
        pytest.param(_grid(range(1, 500, 105), [2], [9], [1]), id="k in steps"),
    ],
)
def test_the_edges_of_each_algorithm(
    way: Callable[[Terms], list[Group]], rows: list[naive.Row]
) -> None:
    sieve = Sieve(terms(rows))
    sieve.groups = way(sieve.terms)
    assert sieved(sieve, [2, 5, 60, 2000]) == naive.removed(rows, 2, 1999)


def test_large_primes_find_what_pow_finds() -> None:
    """Around 10^6, 10^9, 2^32, 2^50 and 2^61: plant a number for a prime there."""
    for start in (10**6, 10**9, 2**32 - 10**4, 2**50, 2**61):
        p = next(q for q in range(start, start + 10**4) if naive.primes(q, q))
        n = 977
        k = -pow(2, -n, p) % p
        rows = [
            (0, k + add, 2, 1, n + more, 2 * add + more)
            for add in range(3)
            for more in range(2)
        ]
        for way in [*WAYS]:
            sieve = Sieve(terms(rows))
            try:
                sieve.groups = way(sieve.terms)
            except AssertionError:
                continue
            found = sieved(sieve, [p - 50, p + 50])
            assert found[0] == (p, 0), (start, way.__name__)
            assert found == _by_pow(rows, p - 50, p + 49)


def _by_pow(rows: list[naive.Row], low: int, high: int) -> dict[int, tuple[int, int]]:
    found = {}
    for member, k, b, c, n, index in rows:
        for p in naive.primes(low, high):
            if (k * pow(b, n, p) + c) % p == 0 and (n > 99 or k * b**n + c != p):
                found.setdefault(index, (p, member))
    return found


def test_numbers_that_share_nothing_are_sieved_one_by_one() -> None:
    rows = _grid([9, 3 * HUGE_K], [3, 7, HUGE_B], [0, 50, 10**5], [1])
    sieve = Sieve(terms(rows))
    assert [type(group) for group in sieve.groups] == [Direct]
    found = sieved(sieve, [2, 300])
    assert found == _by_pow(rows, 2, 299)


def test_a_prime_is_not_removed_by_itself() -> None:
    rows = _grid([1, 2, 3, 4], [2, 3], range(12), [1, -1])
    single = [row for row in rows if row[0] == 0]
    found = sieved(Sieve(terms(single)), [2, 5000])
    survivors = {k * b**n + c for _, k, b, c, n, i in single if i not in found}
    assert {2, 3, 5, 7, 13, 17, 257} <= survivors
    assert found == naive.removed(single, 2, 4999)


def test_a_number_held_twice_is_removed_twice() -> None:
    rows = [(0, 3, 2, 1, n, index) for index, n in enumerate([5, 6, 7, 6, 5])]
    table = terms(rows)
    assert sieved(Sieve(table), [2, 1000]) == naive.removed(rows, 2, 999)


def test_numbers_below_two_are_never_sieved() -> None:
    table = terms(_grid([1], [2], [0, 1, 2], [-1]))
    assert table.n.tolist() == [2]


def test_a_false_factor_is_an_error_and_no_result() -> None:
    class Wrong:
        """A sieve that claims that 5 divides its first number."""

        def __init__(self, right: Group) -> None:
            self.cells = right.cells

        def strike(self, primes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return np.array([0]), np.array([5])

    sieve = Sieve(terms(_grid([3], [2], range(1, 9), [1])))
    sieve.groups = [Wrong(sieve.groups[0])]
    with pytest.raises(DarkreachError, match=r"5 does not divide 3\*2\^1\+1"):
        sieve.window(3, 100)


def test_an_empty_table_removes_nothing() -> None:
    sieve = Sieve(terms([]))
    assert sieve.exhausted
    assert sieved(sieve, [2, 100]) == {}
