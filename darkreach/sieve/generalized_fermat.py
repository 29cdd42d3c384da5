"""Sieve of generalized Fermat numbers b^(2^m)+1 over even b.

An odd prime divides one of them only if p = j*2^(m+1) + 1, so these p are made by a
sieve over j. With a non-residue c of p, y = c^j has y^(2^m) = -1, and the 2^m solutions
b of b^(2^m) = -1 are the odd powers of y: plus and minus y^3, y^5, …, one product for
every two. Above 4*last a solution is in range exactly when abs(r) <= last.

The sieve over j lets composite p above 2^32 through; hardly one of them passes
y^(2^m) = -1, and a factor that is no prime is not reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from math import isqrt

import gmpy2
import numpy as np
from numpy.typing import NDArray

from darkreach.jit import always_inner, kernel
from darkreach.sieve.algebraic import Algebraic, generalized_fermat_powers
from darkreach.sieve.cells import NO_HITS, Hits, whole
from darkreach.sieve.dense import Dense, collect
from darkreach.sieve.fp64 import LANES
from darkreach.sieve.fp64 import product as fp64_product
from darkreach.sieve.machine import SMALL
from darkreach.sieve.modmul import (
    ONE,
    P_LIMIT,
    ZERO,
    inverse_word,
    one,
    power,
    product,
    square_of_r,
)
from darkreach.sieve.powers import ROWS, load, power_by_lane
from darkreach.sieve.primes import primes
from darkreach.sieve.terms import Rows, Sources
from darkreach.sieve.verify import divides

#: Values of j that are sieved at once, and the primes they are sieved with.
WINDOW, BASE_LIMIT = 2**20, 2**16

#: Where a non-residue of p is looked for first; 1 in 2^17 primes has none here.
BASES = primes(3, 61).astype(np.uint64)

#: NON_RESIDUE[64*i + r]: is r a non-residue of BASES[i]? Since p = 1 mod 4, BASES[i] is
#: then one of every p = r mod BASES[i].
NON_RESIDUE = np.zeros(64 * BASES.size, dtype=np.uint8)
for _i, _c in enumerate(BASES.tolist()):
    NON_RESIDUE[64 * _i : 64 * _i + _c] = [gmpy2.jacobi(r, _c) < 0 for r in range(_c)]

#: Where it is looked for then. The least non-residue of a prime below 2^62 is smaller:
#: it is below 2*(ln p)^2 < 3700 under the extended Riemann hypothesis (E. Bach, 1990).
FURTHER = primes(62, 3700).tolist()


class GeneralizedFermats(Dense):
    """b^(2^m) + 1 for the even b of [first, last], m >= 1; cell i is the i-th b."""

    def __init__(
        self, m: int, first: int, last: int, alive: NDArray[np.bool_] | None = None
    ) -> None:
        self.m, self.last = m, last
        self.first = max(first + first % 2, 2)
        self.least = max(SMALL, 4 * last + 1)
        self._make_cells(max(0, (last - self.first) // 2 + 1), alive)

    def b(self, cell: Rows) -> Rows:
        return self.first + 2 * cell

    def name(self, cell: int) -> str:
        return f"{self.first + 2 * cell}^{2**self.m}+1"

    def small_value(self, cell: Rows) -> Rows:
        values = np.full(cell.size, P_LIMIT, dtype=np.int64)
        b = self.b(cell)
        for i in np.flatnonzero(b < self._small_b).tolist():
            values[i] = int(b[i]) ** 2**self.m + 1
        return values

    @cached_property
    def _small_b(self) -> int:
        """The least b whose number is 2^62 or more."""
        return int(gmpy2.iroot(P_LIMIT - 2, 2**self.m)[0]) + 1

    def divides(self, cell: Rows, factor: Rows) -> NDArray[np.bool_]:
        ones = np.ones(cell.size, dtype=np.int64)
        sources = Sources(ones, self.b(cell), ones, ones)
        return divides(factor, sources, whole(*(2**self.m,) * cell.size))

    def windows(self, low: int, high: int) -> Iterator[Rows]:
        shift = self.m + 1
        base = primes(3, min(isqrt(high), BASE_LIMIT)).astype(np.uint64)
        end = (high - 1 >> shift) + 1
        for start in range(max(low - 1 >> shift, 1), end, WINDOW):
            flags = np.ones(min(WINDOW, end - start), dtype=np.uint8)
            cross_off(flags, base, np.uint64(start), np.uint64(shift))
            j = np.flatnonzero(flags.view(np.bool_)) + start
            p = (j << shift) + 1
            yield p[(p >= low) & (p <= high)]

    def _algebraic(self) -> Iterator[tuple[int, Algebraic]]:
        for b, found in generalized_fermat_powers(self.m, self.last):
            if b % 2 == 0 and b >= self.first:
                yield (b - self.first) // 2, found

    def _even(self) -> NDArray[np.bool_]:
        return np.zeros(self.cells.alive.size, dtype=bool)

    def _hits(self, window: Rows, fp64: bool) -> Hits:
        window = window[window & 2 ** (self.m + 1) - 1 == 1]
        if not window.size or not self.cells.alive.any():
            return NO_HITS
        window, c = _with_non_residues(window)
        if fp64:
            cell, factor = self._fp64_hits(window, c)
        else:
            cell, factor = collect(
                lambda cells, p: int(
                    walk_words(
                        window.view(np.uint64),
                        c,
                        self.m,
                        self.first,
                        self.last,
                        self.cells.alive,
                        cells,
                        p,
                    )
                )
            )
        distinct = np.unique(factor)
        prime = distinct[[bool(gmpy2.is_prime(p)) for p in distinct.tolist()]]
        real = np.isin(factor, prime)
        return cell[real], factor[real]

    def _fp64_hits(self, window: Rows, c: NDArray[np.uint64]) -> Hits:
        root = np.empty(window.size)
        roots_fp64(window, c, self.m, root)
        window, root = window[root != 0.0], root[root != 0.0]
        b, factor = collect(
            lambda b, p: int(walk_fp64(window, root, self.m, float(self.last), b, p))
        )
        here = (b % 2 == 0) & (b >= self.first)
        return (b[here] - self.first) // 2, factor[here]


def _with_non_residues(window: Rows) -> tuple[Rows, NDArray[np.uint64]]:
    """The primes of a window and for each a non-residue. Composites may be among them;
    squares, which have none, are left out."""
    c = np.empty(window.size, dtype=np.uint64)
    non_residues(window.view(np.uint64), c)
    for i in np.flatnonzero(c == 0).tolist():
        p = int(window[i])
        c[i] = next((q for q in FURTHER if gmpy2.jacobi(q, p) < 0), 0)
    found = c != 0
    return window[found], c[found]


@kernel("void(uint64[::1], uint64[::1])")
def non_residues(p: NDArray[np.uint64], c: NDArray[np.uint64]) -> None:
    """c[i] = the first of BASES that is a non-residue of the prime p[i] = 1 mod 4, or
    0."""
    for i in range(p.size):
        c[i] = ZERO
        for k in range(BASES.size):
            if NON_RESIDUE[np.uint64(64 * k) + p[i] % BASES[k]]:
                c[i] = BASES[k]
                break


@kernel("void(uint8[::1], uint64[::1], uint64, uint64)")
def cross_off(
    flags: NDArray[np.uint8], base: NDArray[np.uint64], start: int, shift: int
) -> None:
    """Clear flags[i] where a base prime q divides (start + i)*2^shift + 1 and is not
    that number."""
    two = np.uint64(2)
    for q in base:
        half = (q + ONE) // two
        j = ONE
        for _ in range(shift):
            j = j * half % q
        j = (q - j) % q  # j*2^shift = -1 mod q
        i = (j + q - start % q) % q
        if ((start + i) << shift) + ONE == q:
            i += q
        while i < np.uint64(flags.size):
            flags[i] = 0
            i += q


@kernel("void(int64[::1], uint64[::1], int64, float64[::1])")
def roots_fp64(
    primes: NDArray[np.int64],
    c: NDArray[np.uint64],
    m: int,
    root: NDArray[np.float64],
) -> None:
    """root[i] = a solution of y^(2^m) = -1 mod primes[i] by its non-residue c[i], or 0
    where there is none, as primes[i] is composite."""
    w = np.empty(ROWS * LANES)
    y = np.empty(LANES)
    for start in range(0, primes.size, LANES):
        load(w, primes, start)
        for lane in range(LANES):
            p = np.uint64(w[LANES + lane])
            w[3 * LANES + lane] = np.float64(c[min(start + lane, primes.size - 1)])
            w[4 * LANES + lane] = np.float64((p - ONE) >> np.uint64(m + 1))
        power_by_lane(w)
        y[:] = w[:LANES]
        for _ in range(m):
            for lane in range(LANES):
                r = w[lane]
                w[lane] = fp64_product(r, r, w[LANES + lane], w[2 * LANES + lane])
        for lane in range(min(LANES, primes.size - start)):
            root[start + lane] = y[lane] if w[lane] == -1.0 else 0.0


@always_inner
def advance(w: NDArray[np.float64], last: float, steps: int) -> int:
    """Multiply row 0 by row 3, so many times at most, until a residue is at most last
    in absolute value; how many are left to do then, or -1."""
    for left in range(steps - 1, -1, -1):
        hit = False
        for lane in range(LANES):
            r = fp64_product(
                w[lane], w[3 * LANES + lane], w[LANES + lane], w[2 * LANES + lane]
            )
            w[lane] = r
            hit = hit | (abs(r) <= last)
        if hit:
            return left
    return -1


@kernel("int64(int64[::1], float64[::1], int64, float64, int64[::1], int64[::1])")
def walk_fp64(
    primes: NDArray[np.int64],
    root: NDArray[np.float64],
    m: int,
    last: float,
    hit_b: NDArray[np.int64],
    hit_factor: NDArray[np.int64],
) -> int:
    """Report b and the prime, which is above 4*last, for the b up to last with
    b^(2^m) = -1 mod primes[i]; root[i] is any solution. Returns the number of hits;
    those that fit are written."""
    hits = 0
    w = np.empty(ROWS * LANES)
    for start in range(0, primes.size, LANES):
        load(w, primes, start)
        for lane in range(LANES):
            w[lane] = root[min(start + lane, primes.size - 1)]
        for lane in range(LANES):
            w[3 * LANES + lane] = fp64_product(
                w[lane], w[lane], w[LANES + lane], w[2 * LANES + lane]
            )
        steps = advance(w, last, 1 << (m - 1))
        while steps >= 0:
            for lane in range(min(LANES, primes.size - start)):
                if abs(w[lane]) <= last:
                    if hits < hit_b.size:
                        hit_b[hits] = np.int64(abs(w[lane]))
                        hit_factor[hits] = primes[start + lane]
                    hits += 1
            steps = advance(w, last, steps)
    return hits


@kernel(
    "int64(uint64[::1], uint64[::1], int64, int64, int64, uint8[::1], int64[::1],"
    " int64[::1])"
)
def walk_words(
    primes: NDArray[np.uint64],
    non_residues: NDArray[np.uint64],
    m: int,
    first: int,
    last: int,
    alive: NDArray[np.uint8],
    hit_cell: NDArray[np.int64],
    hit_factor: NDArray[np.int64],
) -> int:
    """The same in Montgomery form for any odd primes below 2^62: the cells of all even
    b from first to last that are alive."""
    hits = 0
    for i in range(primes.size):
        p = primes[i]
        ip = inverse_word(p)
        unit = one(p)
        c = product(non_residues[i], square_of_r(unit, p, ip), p, ip)
        r = power(c, (p - ONE) >> np.uint64(m + 1), unit, p, ip)
        x = r
        for _ in range(m):
            x = product(x, x, p, ip)
        if x != p - unit:
            continue
        square = product(r, r, p, ip)
        for _ in range(1 << (m - 1)):
            r = product(r, square, p, ip)
            b = product(r, ONE, p, ip)
            for _ in range(2):
                b = p - b
                # The least even number from first on that is b mod p.
                at = np.uint64(first) + (b + p - np.uint64(first) % p) % p
                if at & ONE:
                    at += p
                while at <= np.uint64(last):
                    cell = (np.int64(at) - first) >> 1
                    if alive[cell]:
                        if hits < hit_cell.size:
                            hit_cell[hits] = cell
                            hit_factor[hits] = np.int64(p)
                        hits += 1
                    at += p + p
    return hits
