"""Sieve of Cullen and Woodall numbers n*b^n+-1 over n, for any base b.

p divides n*b^n - 1 when b^-n = n mod p and n*b^n + 1 when b^-n = -n, so one walk from
the largest n downwards, by powers of b for the gaps between candidates, serves both
signs at one product each. While p is below 4n, n and its residue differ: these primes
take the walk in Montgomery form, which compares residues.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkreach.jit import always_inner, kernel
from darkreach.sieve.algebraic import Algebraic, factor_of_power
from darkreach.sieve.cells import NO_HITS, Hits, limbs, whole
from darkreach.sieve.dense import Signed, collect
from darkreach.sieve.factorial import STALE
from darkreach.sieve.fp64 import LANES
from darkreach.sieve.fp64 import product as fp64_product
from darkreach.sieve.machine import SMALL
from darkreach.sieve.modmul import (
    P_LIMIT,
    ZERO,
    inverse_word,
    one,
    power,
    product,
    residue,
    square_of_r,
)
from darkreach.sieve.powers import (
    GAP,
    ROWS,
    InversePower,
    descent,
    divisors,
    gap_powers,
    invert,
    load,
    power_of_row,
)
from darkreach.sieve.terms import Rows, Sources
from darkreach.sieve.verify import divides


class CullenWoodall(Signed):
    """n*b^n + sign for first <= n <= last, n at least 1; cell
    (n - first)*len(signs) + s has the sign signs[s]."""

    def __init__(
        self,
        b: int,
        first: int,
        last: int,
        signs: Sequence[int] = (1, -1),
        alive: NDArray[np.bool_] | None = None,
    ) -> None:
        self.b, self.first, self.last = b, first, last
        self.signs = tuple(signs)
        self.least = max(SMALL, 4 * last + 1)
        self._make_cells((last - first + 1) * len(self.signs), alive)
        tiny = np.arange(min(64, last - first + 1) * len(self.signs))
        self.cells.alive[tiny[self.small_value(tiny) < 2]] = 0
        self._way: tuple[Rows, NDArray[np.float64], Rows] | None = None

    def n(self, cell: Rows) -> Rows:
        return self.first + self.place(cell)

    def name(self, cell: int) -> str:
        n, sign = (int(f(np.array(cell))) for f in (self.n, self.sign))
        return f"{n}*{self.b}^{n}{sign:+d}"

    def small_value(self, cell: Rows) -> Rows:
        n, sign = self.n(cell), self.sign(cell)
        values = np.full(cell.size, P_LIMIT, dtype=np.int64)
        for i in np.flatnonzero(n < 64).tolist():
            exact = int(n[i]) * self.b ** int(n[i]) + int(sign[i])
            values[i] = min(exact, P_LIMIT)
        return values

    @property
    def products(self) -> int:
        """Modular products per prime, without the first power."""
        return int(self._steps()[0].size)

    def divides(self, cell: Rows, factor: Rows) -> NDArray[np.bool_]:
        n = self.n(cell)
        b = whole(*(self.b,) * n.size)
        sources = Sources(n, b, self.sign(cell), np.zeros(n.size, np.int64))
        return divides(factor, sources, n)

    def _algebraic(self) -> Iterator[tuple[int, Algebraic]]:
        for cell in np.flatnonzero(self.cells.alive).tolist():
            place, s = divmod(cell, len(self.signs))
            n = self.first + place
            found = factor_of_power(n, self.b, n, self.signs[s])
            if found:
                yield cell, found

    def _even(self) -> NDArray[np.bool_]:
        n = self.n(np.arange(self.cells.alive.size))
        odd: NDArray[np.bool_] = (n % 2 == 1) & (self.b % 2 == 1)
        return odd

    def _hits(self, window: Rows, fp64: bool) -> Hits:
        gaps, constants, stops = self._steps()
        window = np.delete(window, divisors(window, self.b))
        if not stops.size or not window.size:
            return NO_HITS
        if fp64:
            arrays = InversePower(self.b, int(stops[0])).arrays
            table = int(gaps[constants == 0.0].max(initial=-1)) + 1
            at, factor = collect(
                lambda at, p: int(
                    walk_fp64(window, *arrays, table, gaps, constants, stops, at, p)
                )
            )
        else:
            b_limbs, _ = limbs(whole(self.b))
            at, factor = collect(
                lambda at, p: int(
                    walk_words(window.view(np.uint64), b_limbs, gaps, stops, at, p)
                )
            )
        n: Rows = stops[at >> 1]
        return self._cells(n - self.first, np.where(at & 1, 1, -1), factor)

    def _steps(self) -> tuple[Rows, NDArray[np.float64], Rows]:
        """Gaps, their powers and the n they lead to, or -1, from the largest n down;
        made again when many of them are no longer wanted."""
        left = self.first + self._left()[::-1]
        before = int(np.count_nonzero(self._way[2] > 0)) if self._way else 0
        if not self._way or left.size < before * (1 - STALE):
            gaps, constants, places = descent(self.b, left)
            stops = np.where(places < 0, -1, left[places])
            self._way = gaps, constants, stops
        return self._way


@always_inner
def advance(w: Any, constants: Any, stops: Any, start: int) -> int:
    """Multiply by the constants from step start on, until a residue is +-n; the place
    of that step, or their number."""
    for i in range(start, stops.size):
        n = np.float64(stops[i])
        c = constants[i]
        hit = False
        for lane in range(LANES):
            r = fp64_product(w[lane], c, w[LANES + lane], w[2 * LANES + lane])
            w[lane] = r
            hit = hit | (abs(r) == n)
        if hit:
            return i
    return int(stops.size)


@always_inner
def advance_by_table(w: Any, powers: Any, gaps: Any, stops: Any, start: int) -> int:
    """The same with the powers of b mod each prime."""
    for i in range(start, stops.size):
        n = np.float64(stops[i])
        at = np.uint64(LANES * gaps[i])
        hit = False
        for lane in range(LANES):
            b = powers[at + np.uint64(lane)]
            r = fp64_product(w[lane], b, w[LANES + lane], w[2 * LANES + lane])
            w[lane] = r
            hit = hit | (abs(r) == n)
        if hit:
            return i
    return int(stops.size)


@kernel(
    "int64(int64[::1], float64[::1], float64[::1], float64[::1], int64[::1],"
    " int64[::1], int64, int64[::1], float64[::1], int64[::1], int64[::1],"
    " int64[::1])"
)
def walk_fp64(
    primes: NDArray[np.int64],
    b_digits: NDArray[np.float64],
    t: NDArray[np.float64],
    rest: NDArray[np.float64],
    squarings: NDArray[np.int64],
    places: NDArray[np.int64],
    table: int,
    gaps: NDArray[np.int64],
    constants: NDArray[np.float64],
    stops: NDArray[np.int64],
    hit_at: NDArray[np.int64],
    hit_factor: NDArray[np.int64],
) -> int:
    """Report 2*i when b^-n = n mod p for n = stops[i], 2*i + 1 when it is -n, and the
    prime, all above 4n. constants[i] is b^gaps[i] or 0, which stands
    for an entry of a table with so many of them.
    Returns the number of hits; those that fit are written."""
    hits = 0
    w = np.empty(ROWS * LANES)
    odd = np.empty(LANES * (max(0, places.max() if places.size else 0) + 1))
    powers = np.empty(LANES * table)
    for start in range(0, primes.size, LANES):
        load(w, primes, start)
        gap_powers(w, b_digits, powers)
        invert(w, b_digits, t, rest)
        power_of_row(w, odd, squarings, places)
        i = -1
        while True:
            if table == 0:
                i = advance(w, constants, stops, i + 1)
            else:
                i = advance_by_table(w, powers, gaps, stops, i + 1)
            if i == stops.size:
                break
            for lane in range(min(LANES, primes.size - start)):
                if abs(w[lane]) == stops[i]:
                    if hits < hit_at.size:
                        hit_at[hits] = 2 * i + (w[lane] < 0.0)
                        hit_factor[hits] = primes[start + lane]
                    hits += 1
    return hits


@kernel(
    "int64(uint64[::1], uint64[::1], int64[::1], int64[::1], int64[::1], int64[::1])"
)
def walk_words(
    primes: NDArray[np.uint64],
    b_limbs: NDArray[np.uint64],
    gaps: NDArray[np.int64],
    stops: NDArray[np.int64],
    hit_at: NDArray[np.int64],
    hit_factor: NDArray[np.int64],
) -> int:
    """The same in Montgomery form, for any odd primes below 2^62."""
    hits = 0
    powers = np.empty(GAP + 1, np.uint64)
    for p in primes:
        ip = inverse_word(p)
        unit = one(p)
        r2 = square_of_r(unit, p, ip)
        b = residue(b_limbs, 0, b_limbs.size, r2, p, ip)
        powers[0] = unit
        for gap in range(GAP):
            powers[gap + 1] = product(powers[gap], b, p, ip)
        cycle = p - np.uint64(1)
        r = power(b, cycle - np.uint64(stops[0]) % cycle, unit, p, ip)
        for i in range(gaps.size):
            r = product(r, powers[gaps[i]], p, ip)
            if stops[i] < 0:
                continue
            n = product(np.uint64(stops[i]), r2, p, ip)
            minus = r == (p - n if n != ZERO else n)
            if minus | (r == n) and n != ZERO:
                if hits < hit_at.size:
                    hit_at[hits] = 2 * i + minus
                    hit_factor[hits] = np.int64(p)
                hits += 1
    return hits
