"""The primes of an interval: a segmented sieve of Eratosthenes over the odd numbers.

A segment of flags fits the second-level cache, but is never shorter than the largest
base prime, or the base primes would cost more than the segment. Above 2^50 the base
primes stop at 2^25, and what they leave goes through the Baillie-PSW test, which is
exact below 2^64: that costs microseconds, a full base would cost gigabytes.
"""

from __future__ import annotations

from functools import lru_cache
from math import isqrt

import gmpy2
import numpy as np
from numpy.typing import NDArray

from darkreach.sieve.jit import kernel

#: Numbers per segment, at least; half of them (the odd ones) get a byte each.
SEGMENT = 2**20

#: Base primes stay below this.
BASE_LIMIT = 2**25


def primes(low: int, high: int) -> NDArray[np.int64]:
    """The primes p with low <= p <= high, ascending; high below 2^62."""
    low = max(low, 2)
    parts = [np.array([2], dtype=np.int64)] if low <= 2 <= high else []
    root = isqrt(max(high, 0))
    base = _base_primes(min(root, BASE_LIMIT))
    length = max(SEGMENT, 2 * min(root, BASE_LIMIT))
    for start in range(max(low, 3) | 1, high + 1, length):
        parts.append(_segment(start, min(start + length, high + 1), base))
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _segment(start: int, stop: int, base: NDArray[np.int64]) -> NDArray[np.int64]:
    """The primes of [start, stop) for an odd start."""
    flags = np.ones((stop - start + 1) // 2, dtype=np.uint8)
    used = np.searchsorted(base, isqrt(stop), side="right")
    cross_off(flags, base[:used], start)
    found = start + 2 * np.flatnonzero(flags.view(np.bool_)).astype(np.int64)
    if stop > BASE_LIMIT**2:
        return found[[bool(gmpy2.is_prime(p)) for p in found.tolist()]]
    return found


def _base_primes(limit: int) -> NDArray[np.int64]:
    """The odd primes up to a limit at least this one."""
    return _simple_sieve(max(limit.bit_length(), 10))


@lru_cache(maxsize=4)
def _simple_sieve(bits: int) -> NDArray[np.int64]:
    """The odd primes below 2^bits."""
    flags = np.ones(2 ** (bits - 1), dtype=bool)  # flags[i] stands for 2*i + 1
    flags[0] = False
    for q in range(3, isqrt(2**bits) + 1, 2):
        if flags[q // 2]:
            flags[q * q // 2 :: q] = False
    return 2 * np.flatnonzero(flags) + 1


@kernel("void(uint8[::1], int64[::1], int64)")
def cross_off(flags: NDArray[np.uint8], base: NDArray[np.int64], start: int) -> None:
    """Clear the flags of the odd multiples m >= q*q of each base prime q;
    flags[i] stands for start + 2*i."""
    for q in base:
        first = q * q
        if first < start:
            first = (start + q - 1) // q * q
            if first % 2 == 0:
                first += q
        i = (first - start) // 2
        while i < flags.size:
            flags[i] = 0
            i += q
