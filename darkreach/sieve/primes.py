"""The primes of an interval: a segmented sieve of Eratosthenes on the wheel mod 30.

What the primes up to 61 cross off repeats, so it is laid down as patterns. Larger base
primes go in rounds of eight multiples (``crossing_off``), those up to DENSE piece by
piece within the first-level cache, those up to MIDDLE within the second-level cache;
the largest walk over the whole segment from multiple to multiple. The base primes cross
themselves off too and are put back at the end.

Above 2^50 the base primes stop at 2^25, and what they leave goes through the
Baillie-PSW test, which is exact below 2^64: that costs microseconds, a full base would
cost gigabytes. The package `primesieve`, if installed, supplies the primes below.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from math import isqrt, prod
from typing import Any

import gmpy2
import numpy as np
from numpy.typing import NDArray

from darkreach.sieve.crossing_off import (
    CLEAR,
    FRINGE,
    collect,
    cross_off_rounds,
    cross_off_steps,
)

#: Bytes of a segment, 30 numbers each, and of the pieces of it for smaller base primes.
SEGMENT, MIDDLE_PIECE, DENSE_PIECE = 2**21, 2**19, 2**15

#: Base primes up to here and there work on those pieces.
DENSE, MIDDLE = 2**15, FRINGE

#: Base primes stay below this.
BASE_LIMIT = 2**25

#: Primes whose multiples are laid down together, as one repeating pattern each.
PATTERNS = ((7, 11, 13, 17), (19, 23, 29), (31, 37), (41, 43), (47, 53), (59, 61))
_LAID_DOWN = np.array([q for group in PATTERNS for q in group], dtype=np.uint64)


def primes(low: int, high: int) -> NDArray[np.int64]:
    """The primes p with low <= p <= high, ascending; high below 2^62."""
    other = _primesieve()
    if other is not None and high < BASE_LIMIT**2 and low <= high:
        made: Any = np.frombuffer(other.primes(max(low, 0), high), dtype=np.uint64)
        found: NDArray[np.int64] = made.view(np.int64)
        return found
    found = without_divisors(low, high, BASE_LIMIT)
    if found.size and found[-1] > BASE_LIMIT**2:
        return found[[bool(gmpy2.is_prime(p)) for p in found.tolist()]]
    return found


def without_divisors(low: int, high: int, limit: int) -> NDArray[np.int64]:
    """The numbers of [low, high], ascending, that no prime up to the limit (at least
    64) divides, and the primes themselves: all primes, and composites above limit^2.
    A sieve that spends less on a number than telling these apart would cost takes them
    too; it has to look at what it found."""
    low = max(low, 2)
    if low > high:
        return np.empty(0, dtype=np.int64)
    base = _base_primes(min(isqrt(high), limit))
    first, end = low // 30, high // 30 + 1
    segments = -(-(end - first) // SEGMENT)
    length = -(-(end - first) // segments)
    found = [np.array([p for p in (2, 3, 5) if p >= low], dtype=np.int64)]
    for start in range(first, end, length):
        found.append(_segment(start, min(length, end - start), base))
    left = np.concatenate(found) if low < 7 or segments > 1 else found[1]
    low_end, high_end = np.searchsorted(left, [low, high + 1])
    return left[low_end:high_end]


@cache
def _primesieve() -> Any:
    """The package of that name, or None."""
    try:
        return import_module("primesieve")
    except ImportError:
        return None


def _segment(first: int, size: int, base: NDArray[np.uint64]) -> NDArray[np.int64]:
    """What is left above 5 of [30*first, 30*(first + size))."""
    words = -(-size // 8)
    flags = np.empty(2 * FRINGE + 8 * words, dtype=np.uint8)
    inside = flags[FRINGE : FRINGE + 8 * words]
    _lay_down(inside, first)
    root = isqrt(30 * (first + size))
    used = base[: np.searchsorted(base, root, side="right")]
    dense, middle = np.searchsorted(used, [DENSE, MIDDLE]).tolist()
    cross_off_rounds(flags, used[:dense], np.uint64(first), DENSE_PIECE)
    cross_off_rounds(flags, used[dense:middle], np.uint64(first), MIDDLE_PIECE)
    cross_off_steps(flags, used[middle:], np.uint64(first))
    if first <= max(root, 61) // 30:
        _put_back(inside, first, np.concatenate([_LAID_DOWN, used]))
    if first == 0:
        inside[0] &= CLEAR[1]  # 1 is no prime
    inside[size:] = 0
    flags_set = inside.view(np.uint64)
    found = np.empty(int(np.bitwise_count(flags_set).sum()), dtype=np.int64)
    collect(flags_set, 30 * first, found)
    return found


def _lay_down(flags: NDArray[np.uint8], first: int) -> None:
    """Write what the patterns leave; flags[0] stands for 30*first + WHEEL. Portion by
    portion, so that all patterns meet it in the first-level cache."""
    for start in range(0, flags.size, DENSE_PIECE):
        portion = flags[start : start + DENSE_PIECE]
        portion[:] = 255
        for group in PATTERNS:
            pattern, period = _pattern(group), prod(group)
            at = (first + start) % period
            portion &= pattern[at : at + portion.size]


@cache
def _pattern(group: tuple[int, ...]) -> NDArray[np.uint8]:
    """The flags from 0 on with the multiples of these primes cleared: one period, and
    beyond it as far as a portion that begins anywhere in it reaches."""
    wheel = np.flatnonzero(CLEAR != 255)
    numbers = 30 * np.arange(prod(group))[:, None] + wheel[None, :]
    left = np.all([numbers % q != 0 for q in group], axis=0)
    period = np.packbits(left, axis=1, bitorder="little").ravel()
    pattern: NDArray[np.uint8] = np.resize(period, period.size + DENSE_PIECE)
    return pattern


def _put_back(flags: NDArray[np.uint8], first: int, some: NDArray[np.uint64]) -> None:
    """Set the flags of these primes, as far as they are there."""
    place = (some // np.uint64(30)).astype(np.int64) - first
    inside = (place >= 0) & (place < flags.size)
    bits = 255 - CLEAR[some[inside] % np.uint64(30)]
    np.bitwise_or.at(flags, place[inside], bits)


def _base_primes(limit: int) -> NDArray[np.uint64]:
    """The primes from 67 up to the limit."""
    found = _simple_sieve(max(limit.bit_length(), 10))
    return found[: np.searchsorted(found, limit, side="right")]


@cache
def _simple_sieve(bits: int) -> NDArray[np.uint64]:
    """The primes of (61, 2^bits)."""
    flags = np.ones(2 ** (bits - 1), dtype=bool)  # flags[i] stands for 2*i + 1
    for q in range(3, isqrt(2**bits) + 1, 2):
        if flags[q // 2]:
            flags[q * q // 2 :: q] = False
    flags[: _LAID_DOWN.max() // 2 + 1] = False
    return 2 * np.flatnonzero(flags).astype(np.uint64) + np.uint64(1)
