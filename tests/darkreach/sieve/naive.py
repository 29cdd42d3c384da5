"""What a sieve must find, by dividing every number by every prime."""

from __future__ import annotations

from collections.abc import Iterable

import gmpy2

#: A number of a sieve task: member, k, b, c, n, index.
Row = tuple[int, int, int, int, int, int]


def primes(low: int, high: int) -> list[int]:
    return [p for p in range(max(low, 2), high + 1) if gmpy2.is_prime(p)]


def removed(rows: Iterable[Row], low: int, high: int) -> dict[int, tuple[int, int]]:
    """index -> (smallest prime in [low, high] that divides a member and is not that
    member itself, the lowest such member)."""
    found: dict[int, tuple[int, int]] = {}
    small = primes(low, high)
    for member, k, b, c, n, index in rows:
        number = k * b**n + c
        if number < 2:
            continue
        for p in small:
            if number % p == 0 and number != p:
                best = found.get(index, (p, member))
                found[index] = min(best, (p, member))
                break
    return found


def smallest_factors(
    numbers: Iterable[int], low: int, high: int
) -> dict[int, int | None]:
    """place -> the smallest prime in [low, high] that divides the number and is not the
    number, or None; numbers below 2 have no place."""
    small = primes(low, high)
    found: dict[int, int | None] = {}
    for place, number in enumerate(numbers):
        if number >= 2:
            found[place] = next(
                (p for p in small if number % p == 0 and number != p), None
            )
    return found
