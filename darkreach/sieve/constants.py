"""Walking through a chain of products mod p: the core of factorials and primorials.

A chain is x_0, x_1, … with x_i = x_(i-1) * constant[i]; a prime divides x_i - 1 or
x_i + 1 when the residue is 1 or -1, so both signs cost one walk. Small multipliers are
packed into constants below 2^49, which need no reduction.

x_0 is a product of many small numbers, evaluated by Horner's rule over the bits of the
exponents of its primes: for n! that takes n/20 products instead of n (P. Borwein, On
the complexity of calculating factorials, 1985).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darkreach.jit import always_inner, kernel
from darkreach.sieve.cells import Hits
from darkreach.sieve.dense import collect
from darkreach.sieve.fp64 import CONSTANT_LIMIT, LANES, reciprocal
from darkreach.sieve.fp64 import product as fp64_product
from darkreach.sieve.modmul import inverse_word, one, product, square_of_r
from darkreach.sieve.terms import Rows

#: Primes that the word kernel works on in turn, to hide the time of its products.
WORDS = 8


def packed(factors: Iterable[int]) -> list[int]:
    """The factors multiplied together, in order, into as few constants as fit."""
    constants: list[int] = []
    current = 1
    for factor in factors:
        if current * factor >= CONSTANT_LIMIT:
            constants.append(current)
            current = factor
        else:
            current *= factor
    return [*constants, current] if current > 1 else constants


@dataclass(frozen=True)
class Program:
    """square[i] says that the residue is squared before it is multiplied by prefix[i];
    after that come the constants; place[i] is what the residue after constant i stands
    for, or -1."""

    square: NDArray[np.uint8]
    prefix: NDArray[np.int64]
    constants: NDArray[np.int64]
    place: Rows

    @classmethod
    def make(
        cls, prefix: list[tuple[int, int]], steps: Sequence[tuple[int, list[int]]]
    ) -> Program:
        """steps: a place and the factors that lead to it from the one before."""
        constants: list[int] = []
        place: list[int] = []
        for where, factors in steps:
            more = packed(factors) or [1]
            constants += more
            place += [-1] * (len(more) - 1) + [where]
        return cls(
            np.array([square for square, _ in prefix], dtype=np.uint8),
            np.array([constant for _, constant in prefix], dtype=np.int64),
            np.array(constants, dtype=np.int64),
            np.array(place, dtype=np.int64),
        )

    @property
    def products(self) -> int:
        """Modular products per prime."""
        return int(self.prefix.size + self.square.sum() + self.constants.size)

    def walk(self, primes: Rows, fp64: bool) -> tuple[Rows, Rows, Rows]:
        """Places, signs and primes p > 2 with x + sign = 0 mod p."""
        if fp64:
            prefix, constants = (
                v.astype(np.float64) for v in (self.prefix, self.constants)
            )
            hits = collect(
                lambda at, p: int(
                    walk_fp64(primes, self.square, prefix, constants, at, p)
                )
            )
        else:
            hits = self._walk_words(primes)
        at, factor = hits
        place = self.place[at >> 1]
        real = place >= 0
        return place[real], np.where(at & 1, 1, -1)[real], factor[real]

    def _walk_words(self, primes: Rows) -> Hits:
        return collect(
            lambda at, p: int(
                walk_words(
                    primes.view(np.uint64),
                    self.square,
                    self.prefix.view(np.uint64),
                    self.constants.view(np.uint64),
                    at,
                    p,
                )
            )
        )


def horner(exponents: dict[int, int]) -> list[tuple[int, int]]:
    """A prefix whose value is the product of q^e over the exponents e of primes q."""
    rows: list[tuple[int, int]] = []
    top = max(exponents.values(), default=0).bit_length()
    for bit in range(top - 1, -1, -1):
        constants = packed(q for q, e in exponents.items() if e >> bit & 1) or [1]
        rows.append((1, constants[0]))
        rows += [(0, constant) for constant in constants[1:]]
    return rows


@always_inner
def advance(w: NDArray[np.float64], constants: NDArray[np.float64], start: int) -> int:
    """Multiply the residues by the constants from start on, until one of them is 1 or
    -1; the place of the last constant used, or their number."""
    for i in range(start, constants.size):
        c = constants[i]
        hit = False
        for lane in range(LANES):
            r = fp64_product(w[lane], c, w[LANES + lane], w[2 * LANES + lane])
            w[lane] = r
            hit = hit | (abs(r) == 1.0)
        if hit:
            return i
    return constants.size


@kernel(
    "int64(int64[::1], uint8[::1], float64[::1], float64[::1], int64[::1], int64[::1])"
)
def walk_fp64(
    primes: NDArray[np.int64],
    square: NDArray[np.uint8],
    prefix: NDArray[np.float64],
    constants: NDArray[np.float64],
    hit_at: NDArray[np.int64],
    hit_factor: NDArray[np.int64],
) -> int:
    """Report 2*i for a residue 1 after constant i, 2*i + 1 for -1, and the prime.
    Returns the number of hits, of which those that fit are written."""
    hits = 0
    w = np.empty(3 * LANES)  # residues, primes, reciprocals
    for start in range(0, primes.size, LANES):
        for lane in range(LANES):
            p = np.float64(primes[min(start + lane, primes.size - 1)])
            w[lane] = 1.0
            w[LANES + lane] = p
            w[2 * LANES + lane] = reciprocal(p)
        for i in range(prefix.size):
            if square[i]:
                for lane in range(LANES):
                    r = w[lane]
                    w[lane] = fp64_product(r, r, w[LANES + lane], w[2 * LANES + lane])
            c = prefix[i]
            for lane in range(LANES):
                w[lane] = fp64_product(w[lane], c, w[LANES + lane], w[2 * LANES + lane])
        i = advance(w, constants, 0)
        while i < constants.size:
            for lane in range(min(LANES, primes.size - start)):
                if abs(w[lane]) == 1.0:
                    if hits < hit_at.size:
                        hit_at[hits] = 2 * i + (w[lane] < 0.0)
                        hit_factor[hits] = primes[start + lane]
                    hits += 1
            i = advance(w, constants, i + 1)
    return hits


@kernel(
    "int64(uint64[::1], uint8[::1], uint64[::1], uint64[::1], int64[::1], int64[::1])"
)
def walk_words(
    primes: NDArray[np.uint64],
    square: NDArray[np.uint8],
    prefix: NDArray[np.uint64],
    constants: NDArray[np.uint64],
    hit_at: NDArray[np.int64],
    hit_factor: NDArray[np.int64],
) -> int:
    """The same in Montgomery form, for odd primes below 2^62."""
    hits = 0
    w = np.empty(5 * WORDS, np.uint64)  # residue, prime, its inverse, R^2, R
    for start in range(0, primes.size, WORDS):
        for lane in range(WORDS):
            p = primes[min(start + lane, primes.size - 1)]
            w[WORDS + lane] = p
            w[2 * WORDS + lane] = inverse_word(p)
            w[4 * WORDS + lane] = one(p)
            w[3 * WORDS + lane] = square_of_r(
                w[4 * WORDS + lane], p, w[2 * WORDS + lane]
            )
            w[lane] = w[4 * WORDS + lane]
        for i in range(prefix.size):
            for lane in range(WORDS):
                p, ip = w[WORDS + lane], w[2 * WORDS + lane]
                r = w[lane]
                if square[i]:
                    r = product(r, r, p, ip)
                w[lane] = product(
                    r, product(prefix[i], w[3 * WORDS + lane], p, ip), p, ip
                )
        for i in range(constants.size):
            hit = False
            for lane in range(WORDS):
                p, ip = w[WORDS + lane], w[2 * WORDS + lane]
                c = product(constants[i], w[3 * WORDS + lane], p, ip)
                r = product(w[lane], c, p, ip)
                w[lane] = r
                unit = w[4 * WORDS + lane]
                hit = hit | (r == unit) | (r == p - unit)
            if hit:
                for lane in range(min(WORDS, primes.size - start)):
                    r, unit = w[lane], w[4 * WORDS + lane]
                    minus = r == w[WORDS + lane] - unit
                    if minus | (r == unit):
                        if hits < hit_at.size:
                            hit_at[hits] = 2 * i + minus
                            hit_factor[hits] = np.int64(primes[start + lane])
                        hits += 1
    return hits
