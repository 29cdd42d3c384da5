"""b^-n mod p for a block of primes at once, in floating point.

1/b is a table look-up for small b: with p = q*b + a, (1 + p*t)/b = q*t + (1 + a*t)/b
is whole for t = -1/p mod b, which only a decides. For other b it is b^(p-2) (Fermat).
Then one sliding-window chain for n serves all primes.

A block is a flat array as ``fp64`` wants it: residues, primes, reciprocals, and two
more rows for what a function needs meanwhile; odd powers have an array of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkreach.jit import always_inner, inner, kernel
from darkreach.sieve.fp64 import (
    CONSTANT_LIMIT,
    LANES,
    digits,
    product,
    reciprocal,
    residue,
)
from darkreach.sieve.terms import Rows

#: Rows of a block.
ROWS = 5

#: The longest gap between exponents that is one product.
GAP = 64

#: 1/b comes from a table below this.
TABLE_LIMIT = 2**12


@dataclass(frozen=True)
class InversePower:
    """How to compute b^-n: as arrays for the kernels."""

    b: int
    n: int

    @cached_property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """The digits of b; t and (1 + a*t)/b by a; squarings and then the odd power,
        as its place or -1, to multiply by."""
        b_digits, _ = digits(self.b)
        chain = min((_chain(self.n, width) for width in range(1, 8)), key=_products)
        squarings, places = zip(*chain, strict=True) if chain else ((), ())
        return (
            b_digits,
            *self._table(),
            np.array(squarings, dtype=np.int64),
            np.array(places, dtype=np.int64),
        )

    def _table(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        b = self.b
        t, rest = np.zeros(b if b < TABLE_LIMIT else 0), np.zeros(0)
        rest = np.zeros(t.size)
        for a in range(1, t.size):
            if np.gcd(a, b) == 1:
                t[a] = pow(-a, -1, b)
                rest[a] = (1 + a * int(t[a])) // b
        return t, rest


def descent(b: int, left: Rows) -> tuple[Rows, NDArray[np.float64], Rows]:
    """The way from b^-n to the next n, for descending n: gaps of at most GAP, of which
    the first is 0; b^gap where that is a constant that needs no reduction, else 0; the
    place of the n that is reached, or -1 on the way there."""
    gaps: list[int] = []
    places: list[int] = []
    for place, gap in enumerate((-np.diff(left, prepend=left[:1])).tolist()):
        steps = max(0, gap - 1) // GAP
        gaps += [GAP] * steps + [gap - GAP * steps]
        places += [-1] * steps + [place]
    powers = np.array([min(b**gap, CONSTANT_LIMIT) for gap in range(GAP + 1)], float)
    powers[powers >= CONSTANT_LIMIT] = 0.0
    steps_array = np.array(gaps, dtype=np.int64)
    return steps_array, powers[steps_array], np.array(places, dtype=np.int64)


def divisors(window: Rows, number: int) -> Rows:
    """The places of the primes of an ascending window that divide a number."""
    end = int(np.searchsorted(window, min(number, 2**62), side="right"))
    if number < 2**63:
        return np.flatnonzero(number % window[:end] == 0)
    return np.flatnonzero([number % p == 0 for p in window[:end].tolist()])


def _chain(n: int, width: int) -> list[tuple[int, int]]:
    """Squarings and then a factor x^(2*place + 1) (none for -1), from 1 to x^n, by
    windows of so many bits."""
    steps: list[tuple[int, int]] = []
    text = f"{n:b}" if n else ""
    at = pending = 0
    while at < len(text):
        if text[at] == "0":
            pending, at = pending + 1, at + 1
            continue
        end = len(text[at : at + width].rstrip("0")) + at
        steps.append((pending + end - at if steps else 0, int(text[at:end], 2) // 2))
        pending, at = 0, end
    return [*steps, (pending, -1)] if pending else steps


def _products(chain: list[tuple[int, int]]) -> int:
    """The products of a chain and of the odd powers it needs."""
    most = max((place for _, place in chain), default=0)
    return sum(squarings + 1 for squarings, _ in chain) + (most + 1 if most else 0)


@always_inner
def load(w: Any, primes: Any, start: Any) -> Any:
    """Fill the rows of primes and reciprocals of a block; the last prime stands in for
    those that are missing."""
    for lane in range(LANES):
        p = np.float64(primes[min(start + lane, primes.size - 1)])
        w[LANES + lane] = p
        w[2 * LANES + lane] = reciprocal(p)


@inner
def invert(w: Any, b_digits: Any, t: Any, rest: Any) -> Any:
    """Row 0 becomes 1/b for primes that do not divide b."""
    if b_digits.size == 1 and b_digits[0] == 2.0:
        for lane in range(LANES):
            w[lane] = (w[LANES + lane] + 1.0) * 0.5
    elif t.size > 0:
        b = np.uint64(t.size)
        for lane in range(LANES):
            p = np.uint64(w[LANES + lane])
            q = p // b
            a = p - q * b
            w[lane] = np.float64(q) * t[a] + rest[a]
    else:
        for lane in range(LANES):
            p = w[LANES + lane]
            w[3 * LANES + lane] = residue(
                b_digits, 0, b_digits.size, p, w[2 * LANES + lane]
            )
            w[4 * LANES + lane] = p - 2.0
        power_by_lane(w)


@inner
def gap_powers(w: Any, b_digits: Any, powers: Any) -> Any:
    """powers[gap*LANES + lane] = b^gap as far as there is room."""
    for lane in range(LANES):
        w[3 * LANES + lane] = residue(
            b_digits, 0, b_digits.size, w[LANES + lane], w[2 * LANES + lane]
        )
        w[lane] = 1.0
    for at in range(0, powers.size, LANES):
        for lane in range(LANES):
            powers[at + lane] = w[lane]
        for lane in range(LANES):
            w[lane] = product(
                w[lane], w[3 * LANES + lane], w[LANES + lane], w[2 * LANES + lane]
            )


@inner
def power_by_lane(w: Any) -> Any:
    """Row 0 becomes the power of row 3 whose exponent is row 4, at least 0 and below
    the prime; row 4 is used up."""
    most = 0.0
    for lane in range(LANES):
        w[lane] = 1.0
        most = max(most, w[4 * LANES + lane])
    bit = 1.0
    while bit <= most:
        bit += bit
    while bit > 1.0:
        bit *= 0.5
        for lane in range(LANES):
            p, inv = w[LANES + lane], w[2 * LANES + lane]
            e = w[4 * LANES + lane]
            r = product(w[lane], w[lane], p, inv)
            r = product(r, w[3 * LANES + lane] if e >= bit else 1.0, p, inv)
            w[lane] = r
            w[4 * LANES + lane] = e - bit if e >= bit else e


@inner
def power_of_row(w: Any, odd: Any, squarings: Any, places: Any) -> Any:
    """Row 0 becomes its power by a chain; odd has room for LANES times the odd powers
    of the chain."""
    if places.size == 0:
        for lane in range(LANES):
            w[lane] = 1.0
        return
    for lane in range(LANES):
        odd[lane] = w[lane]
        w[3 * LANES + lane] = product(
            w[lane], w[lane], w[LANES + lane], w[2 * LANES + lane]
        )
    for i in range(LANES, odd.size, LANES):
        for lane in range(LANES):
            w[lane] = product(
                w[lane], w[3 * LANES + lane], w[LANES + lane], w[2 * LANES + lane]
            )
        for lane in range(LANES):
            odd[i + lane] = w[lane]
    for lane in range(LANES):
        w[lane] = odd[LANES * places[0] + lane]
    for step in range(1, places.size):
        for _ in range(squarings[step]):
            for lane in range(LANES):
                r = w[lane]
                w[lane] = product(r, r, w[LANES + lane], w[2 * LANES + lane])
        if places[step] >= 0:
            at = LANES * places[step]
            for lane in range(LANES):
                w[3 * LANES + lane] = odd[at + lane]
            for lane in range(LANES):
                w[lane] = product(
                    w[lane], w[3 * LANES + lane], w[LANES + lane], w[2 * LANES + lane]
                )


@kernel(
    "void(int64[::1], float64[::1], float64[::1], float64[::1], int64[::1], int64[::1],"
    " float64[::1])"
)
def inverse_powers(
    primes: NDArray[np.int64],
    b_digits: NDArray[np.float64],
    t: NDArray[np.float64],
    rest: NDArray[np.float64],
    squarings: NDArray[np.int64],
    places: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    """out[i] = b^-n mod primes[i], as a result of fp64; no prime may divide b."""
    w = np.empty(ROWS * LANES)
    odd = np.empty(LANES * (max(0, places.max() if places.size else 0) + 1))
    for start in range(0, primes.size, LANES):
        load(w, primes, start)
        invert(w, b_digits, t, rest)
        power_of_row(w, odd, squarings, places)
        for lane in range(min(LANES, primes.size - start)):
            out[start + lane] = w[lane]
