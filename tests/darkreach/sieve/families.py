"""Sieves of whole families beside trial division."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from darkreach.sieve.dense import Dense
from tests.darkreach.sieve import naive

#: The multiplications that DARKREACH_SIEVE may name.
BOTH = ["fp64", "montgomery"]


def check(
    make: Callable[[], Dense], numbers: Sequence[int], low: int, high: int
) -> None:
    """The sieve removes what trial division removes, by the same factors, at once and
    in pieces."""
    expected = naive.smallest_factors(numbers, low, high)
    chance = random.Random(high)
    middle = chance.randint(low, high)
    for cuts in ([(low, high)], [(low, middle), (middle + 1, high)]):
        sieve = make()
        assert sieve.alive.tolist() == [n >= 2 for n in numbers]
        found = dict.fromkeys(expected)
        for first, last in cuts:
            cells, factors = sieve.sieve(first, last)
            assert not any(found[cell] for cell in cells.tolist()), "removed twice"
            found |= dict(zip(cells.tolist(), factors.tolist(), strict=True))
        assert found == expected
        left = [found.get(i, 0) is None for i in range(len(numbers))]
        assert sieve.alive.tolist() == left
