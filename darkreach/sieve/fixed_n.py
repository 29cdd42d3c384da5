"""Sieve of k*b^n+c over k, for the exponents n of one base and one c (+1 or -1).

p divides k*b^n+c when k = -c*b^-n mod p. The exponents are walked downwards, which
multiplies b^-n by b to the gap, so that one power per prime is the only dear step. With
k = low + step*j every solution j is (k - low)/step mod p plus a multiple of p.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkreach.jit import inner, kernel
from darkreach.sieve.cells import Cells, Hits, joined, limbs, whole
from darkreach.sieve.fp64 import LANES, digits
from darkreach.sieve.fp64 import product as fp64_product
from darkreach.sieve.fp64 import residue as fp64_residue
from darkreach.sieve.machine import parts
from darkreach.sieve.modmul import (
    ONE,
    TWO,
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
    InversePower,
    descent,
    divisors,
    gap_powers,
    invert,
    load,
    power_of_row,
)
from darkreach.sieve.terms import Rows


@dataclass
class FixedN:
    """Exponents of one base and sign; cell i*width + j is k = low + step*j at the
    exponent n[i], n descending."""

    b: int
    c: int
    n: Rows
    low: int
    step: int
    width: int
    cells: Cells

    def __post_init__(self) -> None:
        self._b, _ = limbs(whole(self.b))
        self._low, _ = limbs(whole(self.low))

    def strike(self, primes: Rows) -> Hits:
        """The rows that these odd primes divide; a row is reported once."""
        alone = {*divisors(primes, self.b), *divisors(primes, self.step)}
        hits: list[Hits] = []
        start = 0
        for place in [*sorted(alone), primes.size]:
            for part in parts(primes[start:place]):
                fp64 = part.fp64 and self._near
                hits.append((self._fp64 if fp64 else self._words)(part.primes))
            hits.append(self._words(primes[place : place + 1]))
            start = place + 1
        return joined(hits)

    @cached_property
    def _near(self) -> bool:
        """Are the exponents so close that walking costs less than new powers?"""
        return int(self.n[0] - self.n[-1]) <= GAP * (64 + 8 * self.n.size)

    @cached_property
    def _walk(self) -> tuple[Any, ...]:
        """What the floating-point kernel wants to know of b, n, low and step."""
        gaps, constants, places = descent(self.b, self.n)
        return (
            *InversePower(self.b, int(self.n[0])).arrays,
            *InversePower(self.step, 1).arrays[:3],
            digits(self.low)[0],
            int(gaps[constants == 0.0].max(initial=-1)) + 1,
            gaps,
            constants,
            places,
        )

    def _fp64(self, primes: Rows) -> Hits:
        cell, factor = self.cells.buffers()
        found = strike_fp64(
            primes,
            *self._walk,
            -1.0 if self.c > 0 else 1.0,
            self.width,
            self.cells.alive,
            cell,
            factor,
        )
        return self.cells.rows(cell[:found], factor[:found])

    def _words(self, primes: Rows) -> Hits:
        cell, factor = self.cells.buffers()
        found = strike(
            primes.view(np.uint64),
            self._b,
            self._low,
            self.n.view(np.uint64),
            self.c > 0,
            np.uint64(self.step),
            self.width,
            self.cells.alive,
            cell,
            factor,
        )
        return self.cells.rows(cell[:found], factor[:found])


@inner
def inverse(x: Any, r2: Any, unit: Any, p: Any, ip: Any) -> Any:
    """1/x mod p as a plain number, for a plain x that p does not divide."""
    if x == ONE:
        return ONE
    in_form = power(product(x, r2, p, ip), p - TWO, unit, p, ip)
    return product(in_form, ONE, p, ip)


@kernel(
    "int64(uint64[::1], uint64[::1], uint64[::1], uint64[::1], boolean, uint64, int64,"
    " uint8[::1], int64[::1], int64[::1])"
)
def strike(
    primes: NDArray[np.uint64],
    b_limbs: NDArray[np.uint64],
    low_limbs: NDArray[np.uint64],
    exponents: NDArray[np.uint64],
    negate: bool,
    step: Any,
    width: int,
    alive: NDArray[np.uint8],
    hit_cell: NDArray[np.int64],
    hit_factor: NDArray[np.int64],
) -> int:
    """Find every alive cell that a prime divides, clear it, report cell and prime;
    negate says that c = +1. Returns the number of hits."""
    hits = 0
    for index in range(primes.size):
        p = primes[index]
        ip = inverse_word(p)
        unit = one(p)
        r2 = square_of_r(unit, p, ip)
        b = residue(b_limbs, 0, b_limbs.size, r2, p, ip)
        low = residue(low_limbs, 0, low_limbs.size, r2, p, ip)
        same_k = step % p == ZERO  # all k are the same mod p
        stride = np.int64(1) if same_k else np.int64(p)
        inverse_step = ZERO if same_k else inverse(step, r2, unit, p, ip)
        cycle = p - ONE
        r = power(b, cycle - exponents[0] % cycle, unit, p, ip)  # b^-n
        for i in range(exponents.size):
            if i > 0:
                gap = exponents[i - 1] - exponents[i]
                r = product(r, power(b, gap, unit, p, ip), p, ip)
            if b == ZERO:  # b^n = 0 but for n = 0
                if exponents[i] != ZERO:
                    continue
                r = unit
            k = p - r if negate else r
            away = k - low if k >= low else k + (p - low)
            if same_k and away != ZERO:
                continue
            j = np.int64(product(away, inverse_step, p, ip))
            for cell in range(i * width + j, (i + 1) * width, stride):
                if alive[cell]:
                    alive[cell] = 0
                    hit_cell[hits] = cell
                    hit_factor[hits] = p
                    hits += 1
    return hits


@kernel(
    "int64(int64[::1], float64[::1], float64[::1], float64[::1], int64[::1],"
    " int64[::1], float64[::1], float64[::1], float64[::1], float64[::1], int64,"
    " int64[::1], float64[::1], int64[::1], float64, int64, uint8[::1], int64[::1],"
    " int64[::1])"
)
def strike_fp64(
    primes: NDArray[np.int64],
    b_digits: NDArray[np.float64],
    b_t: NDArray[np.float64],
    b_rest: NDArray[np.float64],
    squarings: NDArray[np.int64],
    places: NDArray[np.int64],
    step_digits: NDArray[np.float64],
    step_t: NDArray[np.float64],
    step_rest: NDArray[np.float64],
    low: NDArray[np.float64],
    table: int,
    gaps: NDArray[np.int64],
    constants: NDArray[np.float64],
    lines: NDArray[np.int64],
    sign: float,
    width: int,
    alive: NDArray[np.uint8],
    hit_cell: NDArray[np.int64],
    hit_factor: NDArray[np.int64],
) -> int:
    """The same in floating point, for primes that divide neither b nor the step; sign
    is -c. The exponents come as ``descent`` gives them."""
    hits = 0
    w = np.empty(8 * LANES)  # ..., 1/step, low/step, j
    odd = np.empty(LANES * (max(0, places.max() if places.size else 0) + 1))
    powers = np.empty(LANES * table)
    for start in range(0, primes.size, LANES):
        load(w, primes, start)
        for lane in range(LANES):
            w[lane] = 1.0
        if not (step_digits.size == 1 and step_digits[0] == 1.0):
            invert(w, step_digits, step_t, step_rest)
        for lane in range(LANES):
            p, inv = w[LANES + lane], w[2 * LANES + lane]
            w[5 * LANES + lane] = w[lane]
            x = fp64_residue(low, 0, low.size, p, inv)
            w[6 * LANES + lane] = fp64_product(x, w[lane], p, inv)
        gap_powers(w, b_digits, powers)
        invert(w, b_digits, b_t, b_rest)
        power_of_row(w, odd, squarings, places)
        for i in range(gaps.size):
            if constants[i] > 0.0:
                for lane in range(LANES):
                    w[3 * LANES + lane] = constants[i]
            else:
                for lane in range(LANES):
                    w[3 * LANES + lane] = powers[LANES * gaps[i] + lane]
            near = False
            for lane in range(LANES):
                p, inv = w[LANES + lane], w[2 * LANES + lane]
                r = fp64_product(w[lane], w[3 * LANES + lane], p, inv)
                w[lane] = r
                j = sign * fp64_product(r, w[5 * LANES + lane], p, inv)
                j -= w[6 * LANES + lane]  # between -3/2 p and 3/2 p
                j = j + p if j < 0.0 else j
                j = j + p if j < 0.0 else j
                j = j - p if j >= p else j
                w[7 * LANES + lane] = j
                near = near | (j < width)
            if near and lines[i] >= 0:
                for lane in range(min(LANES, primes.size - start)):
                    if w[7 * LANES + lane] < width:
                        first = lines[i] * width + np.int64(w[7 * LANES + lane])
                        p = primes[start + lane]
                        for cell in range(first, (lines[i] + 1) * width, p):
                            if alive[cell]:
                                alive[cell] = 0
                                hit_cell[hits] = cell
                                hit_factor[hits] = p
                                hits += 1
    return hits
