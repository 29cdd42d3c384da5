"""The primes of an interval: a segmented sieve of Eratosthenes on the wheel mod 30.

A byte stands for 30 numbers, a bit for one of the eight that 2, 3 and 5 do not divide.
The multiples of a prime q in one bit place are q bytes apart. What the primes below 48
cross off repeats, so it is laid down as patterns. Base primes up to DENSE work piece by
piece within the first-level cache, bit place by bit place; those up to MIDDLE likewise
over the whole segment, which the second-level cache holds; larger ones walk over it
from multiple to multiple.

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
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from darkreach.jit import inner, kernel

#: Bytes of a segment, at least, and of a piece of it; 30 numbers each.
SEGMENT, PIECE = 2**19, 2**15

#: Base primes up to here are crossed off piece by piece; up to there, place by place.
DENSE, MIDDLE = 2**12, 2**17

#: Base primes stay below this.
BASE_LIMIT = 2**25

#: What is left of 0..29 after 2, 3 and 5.
WHEEL = np.array([1, 7, 11, 13, 17, 19, 23, 29], dtype=np.int64)

#: Primes whose multiples are laid down together, as one repeating pattern each.
PATTERNS = ((7, 11, 13, 17), (19, 23, 29), (31, 37), (41, 43))
_FIRST_BASE = 47

#: For each residue mod 30: the flag mask that clears it, the way to the next residue of
#: the wheel from there (NEXT may be 0, GAP not).
CLEAR = np.full(30, 255, dtype=np.uint8)
CLEAR[WHEEL] = 255 - 2 ** np.arange(8)
NEXT = np.array([min(w - r for w in (*WHEEL, 31) if w >= r) for r in range(30)])
NEXT = NEXT.astype(np.uint64)
GAP = np.array([min(w - r for w in (*WHEEL, 31) if w > r) for r in range(30)])
GAP = GAP.astype(np.uint64)

#: From the start of a word of flags to the number of each of its bits.
OFFSET = (30 * np.arange(8)[:, None] + WHEEL[None, :]).ravel()

ONE, THIRTY = np.uint64(1), np.uint64(30)


def primes(low: int, high: int) -> NDArray[np.int64]:
    """The primes p with low <= p <= high, ascending; high below 2^62."""
    low = max(low, 2)
    if low > high:
        return np.empty(0, dtype=np.int64)
    other = _primesieve()
    if other is not None and high < BASE_LIMIT**2:
        return np.array(other.primes(low, high), dtype=np.int64)
    found = _found(low, high)
    if found.size and found[-1] > BASE_LIMIT**2:
        return found[[bool(gmpy2.is_prime(p)) for p in found.tolist()]]
    return found


def _found(low: int, high: int) -> NDArray[np.int64]:
    """What the base primes leave of [low, high]."""
    root = min(isqrt(high), BASE_LIMIT)
    base = _base_primes(root)
    first, end = low // 30, high // 30 + 1
    room = np.empty(8 * (end - first) + 3, dtype=np.int64)  # touched as far as used
    small = [p for p in (2, 3, 5) if p >= low]
    room[: len(small)] = small
    count = len(small)
    length = max(SEGMENT, -(-root // 15))
    for start in range(first, end, length):
        count += _segment(start, min(length, end - start), base, room[count:])
    low_end, high_end = np.searchsorted(room[:count], [low, high + 1])
    return room[low_end:high_end]


@cache
def _primesieve() -> Any:
    """The package of that name, or None."""
    try:
        return import_module("primesieve")
    except ImportError:
        return None


def _segment(
    first: int, size: int, base: NDArray[np.uint64], found: NDArray[np.int64]
) -> int:
    """Write the primes above 5 of [30*first, 30*(first + size)); their number."""
    flags = np.full(-(-size // 8) * 8, 255, dtype=np.uint8)
    for group in PATTERNS:
        lay_down(flags, _pattern(group), first % prod(group))
    if first == 0:
        flags[0] &= CLEAR[1]  # 1 is no prime
    for q in (q for group in PATTERNS for q in group):
        if first <= q // 30 < first + size:
            flags[q // 30 - first] |= 255 - CLEAR[q % 30]
    used = base[: np.searchsorted(base, isqrt(30 * (first + size)), side="right")]
    small, middle = np.searchsorted(used, [DENSE, MIDDLE]).tolist()
    cross_off_dense(flags, used[:small], np.uint64(first), PIECE)
    cross_off_dense(flags, used[small:middle], np.uint64(first), flags.size)
    cross_off_sparse(flags, used[middle:], np.uint64(first))
    flags[size:] = 0
    return int(collect(flags.view(np.uint64), 30 * first, found))


@cache
def _pattern(group: tuple[int, ...]) -> NDArray[np.uint8]:
    """The flags of one period from 0 on, the multiples of these primes cleared."""
    numbers = 30 * np.arange(prod(group))[:, None] + WHEEL[None, :]
    left = np.all([numbers % q != 0 for q in group], axis=0)
    pattern: NDArray[np.uint8] = np.packbits(left, axis=1, bitorder="little").ravel()
    return pattern


def _base_primes(limit: int) -> NDArray[np.uint64]:
    """The primes from 47 up to a limit at least this one."""
    return _simple_sieve(max(limit.bit_length(), 10))


@cache
def _simple_sieve(bits: int) -> NDArray[np.uint64]:
    """The primes of [47, 2^bits)."""
    flags = np.ones(2 ** (bits - 1), dtype=bool)  # flags[i] stands for 2*i + 1
    for q in range(3, isqrt(2**bits) + 1, 2):
        if flags[q // 2]:
            flags[q * q // 2 :: q] = False
    flags[: _FIRST_BASE // 2] = False
    return 2 * np.flatnonzero(flags).astype(np.uint64) + ONE


def _trailing_zeros(context: Any, word: Any) -> Any:
    """The place of the lowest bit of a word that is not 0."""
    signature = types.uint64(types.uint64)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return signature, generate


trailing_zeros: Any = intrinsic(_trailing_zeros)


@kernel("void(uint8[::1], uint8[::1], int64)")
def lay_down(flags: NDArray[np.uint8], pattern: NDArray[np.uint8], offset: int) -> None:
    """Clear what the pattern clears; flags[0] meets pattern[offset]."""
    done = 0
    while done < flags.size:
        count = min(pattern.size - offset, flags.size - done)
        flags[done : done + count] &= pattern[offset : offset + count]
        done += count
        offset = 0


@inner
def first_multiple(q: Any, first: Any) -> Any:
    """The least k >= q, coprime to 30, with q*k >= 30*first; all uint64."""
    k = max(q, (THIRTY * first + q - ONE) // q)
    return k + NEXT[k % THIRTY]


@kernel("void(uint8[::1], uint64[::1], uint64, int64)")
def cross_off_dense(
    flags: NDArray[np.uint8], base: NDArray[np.uint64], first: Any, piece: int
) -> None:
    """Clear the flags of the multiples m >= q*q of each base prime q, of few hundred
    thousand at most, piece by piece; flags[0] stands for 30*first + WHEEL."""
    place = np.empty(8 * base.size, np.uint64)
    mask = np.empty(8 * base.size, np.uint8)
    for i in range(base.size):
        q = base[i]
        k = first_multiple(q, first)
        for j in range(8):
            place[8 * i + j] = q * k // THIRTY - first
            mask[8 * i + j] = CLEAR[q * k % THIRTY]
            k += ONE
            k += NEXT[k % THIRTY]
    for start in range(0, flags.size, piece):
        end = np.uint64(min(start + piece, flags.size))
        for i in range(place.size):
            q = base[i >> 3]
            at = place[i]
            clear = mask[i]
            while at < end:
                flags[at] &= clear
                at += q
            place[i] = at


@kernel("void(uint8[::1], uint64[::1], uint64)")
def cross_off_sparse(
    flags: NDArray[np.uint8], base: NDArray[np.uint64], first: Any
) -> None:
    """The same for base primes with few multiples in the segment."""
    end = THIRTY * np.uint64(flags.size)
    for q in base:
        k = first_multiple(q, first)
        m = q * k - THIRTY * first
        k %= THIRTY
        while m < end:
            flags[m // THIRTY] &= CLEAR[m % THIRTY]
            m += q * GAP[k]
            k += GAP[k]
            k = k - THIRTY if k >= THIRTY else k


@kernel("int64(uint64[::1], int64, int64[::1])")
def collect(words: NDArray[np.uint64], start: int, found: NDArray[np.int64]) -> int:
    """Write the numbers of the flags that are set, ascending; the first byte stands for
    start + WHEEL. found has room for all flags. Returns how many."""
    count = np.uint64(0)
    for i in range(words.size):
        word = words[i]
        base = start + 240 * i
        while word != np.uint64(0):
            found[count] = base + OFFSET[trailing_zeros(word)]
            word &= word - ONE
            count += ONE
    return int(count)
