"""Sieve of k*b^n+c over k, for the exponents n of one base and one c (+1 or -1).

p divides k*b^n+c when k = -c*b^-n mod p. The exponents are walked downwards, which
multiplies b^-n by b to the gap, so that one power per prime is the only dear step. With
k = low + step*j every solution j is (k - low)/step mod p plus a multiple of p.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkreach.sieve.cells import Cells, Hits, limbs, whole
from darkreach.sieve.jit import inner, kernel
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
