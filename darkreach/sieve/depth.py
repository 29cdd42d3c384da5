"""How deep sieving pays, by a fixed rule for planning.

A prime near p costs c seconds and removes about N/p of the N numbers that are left, so
removing one costs c*p/N seconds; that is less than t, the seconds that testing it
would take, up to P = N*t/c. Of numbers that 2 does not divide about 1.12/ln P have no
factor below P (Mertens). Speeds measured on the own machines are better than the
constants here, which fit a plain core.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

import numpy as np

from darkreach.sieve.door import open_sieve
from darkreach.sieve.terms import Rows

if TYPE_CHECKING:
    from darkreach.order import Order

#: The bounds of the answer: below, sieving costs nothing; above, the modular
#: multiplication of the faster kernels ends.
SHALLOWEST, DEEPEST = 10_000, 2**50

#: Positions that an estimate looks at.
SAMPLE = 10**6


def seconds_per_prime(order: Order, first: int = 0, count: int = SAMPLE) -> float:
    """What one prime costs a sieve of the positions [first, first + count) of an order,
    as many of them as there are."""
    count = min(count, order.size - first)
    positions = np.arange(first, first + count, dtype=np.int64)
    return open_sieve(order, first, count, positions).cost * 1e-9


def remaining_seconds_per_prime(order: Order, alive: Rows) -> float:
    """What one prime costs a sieve of these positions (ascending) of an order."""
    if not alive.size:
        return 1e-9
    first, last = int(alive[0]), int(alive[-1])
    sieve = open_sieve(order, first, last - first + 1, alive)
    return max(sieve.cost * 1e-9, 1e-9)


def survivors(numbers: float, depth: float) -> float:
    """How many of so many numbers have no prime factor up to depth, roughly."""
    return numbers * min(1.0, 1.12 / log(max(depth, 3.0)))


def balanced_depth(numbers: int, test_seconds: float, prime_seconds: float) -> int:
    """The P at which a number more costs as much to remove as to test; numbers are
    counted before sieving."""
    depth = float(SHALLOWEST)
    for _ in range(20):  # P grows with N(P), which falls as slowly as 1/ln P
        depth = survivors(numbers, depth) * test_seconds / max(prime_seconds, 1e-9)
        depth = min(max(depth, SHALLOWEST), DEEPEST)
    return int(depth)


def expected(order: Order, test_seconds: float) -> tuple[int, float]:
    """How deep sieving this order is expected to pay when testing one of its numbers
    takes so long (the mean, not the largest), and what a prime costs all of it."""
    parts = max(order.size / SAMPLE, 1.0)
    numbers = order.size * order.member_count
    cost = seconds_per_prime(order)
    return balanced_depth(int(numbers / parts), test_seconds, cost), cost * parts
