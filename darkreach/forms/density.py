"""How many primes to expect among numbers that a sieve has left.

A number N without a prime factor up to P is prime with a chance of about
e^gamma * ln P / ln N: by the prime number theorem 1/ln N numbers near N are prime, and
by Mertens' theorem a share of e^-gamma / ln P has no factor up to P. C. Caldwell and
Y. Gallot (Mathematics of Computation 71, 2002) find it good for n!+-1 and p#+-1.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, log

#: Euler's constant.
_GAMMA = 0.5772156649015329


def chance(bits: int, depth: int) -> float:
    """That a number of so many bits is prime when nothing up to depth (at least 2)
    divides it."""
    size = max(bits, 2) * log(2)
    if 2 * log(max(depth, 2)) >= size:
        return 1.0
    return min(1.0, exp(_GAMMA) * log(max(depth, 2)) / size)


def expected_primes(lengths: Iterable[int], depth: int) -> float:
    """How many of the numbers with these lengths in bits are prime, when the sieve went
    to depth."""
    return sum(chance(bits, depth) for bits in lengths)
