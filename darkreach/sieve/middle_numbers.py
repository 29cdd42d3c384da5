"""Sieve over w of numbers w*b^x + t with x and t fixed: palindromes by their middle.

10^(2m) + w*10^x + 1 with palindromic w of the right length is a palindrome. p divides
when w = -t/b^x mod p; t is a sum of terms c*b^e, so that it costs a few powers per
prime however long it is. Only the alive w are looked at; every p takes one step through
their map, in Montgomery form.
"""

from __future__ import annotations

import gmpy2
import numpy as np
from numpy.typing import NDArray

from darkreach.jit import kernel
from darkreach.sieve.cells import NO_HITS, Hits, limbs, whole
from darkreach.sieve.dense import Dense
from darkreach.sieve.modmul import (
    ONE,
    P_LIMIT,
    ZERO,
    inverse_word,
    one,
    power,
    product,
    residue,
    square_of_r,
)
from darkreach.sieve.square_roots import add, minus
from darkreach.sieve.terms import Rows

#: Numbers are written out up to so many bits, to see which are small.
_SMALL_BITS = 200


class MiddleNumbers(Dense):
    """Cell i is w = first + i in w*b^x + the sum of c*b^e over terms (c, e)."""

    def __init__(
        self,
        b: int,
        x: int,
        terms: tuple[tuple[int, int], ...],
        first: int,
        count: int,
        alive: NDArray[np.bool_] | None = None,
    ) -> None:
        """alive says which w are to be sieved; None: all. ValueError unless
        0 <= first, first + count < 2^62, and t > 0 is not small where b^x is large."""
        if first < 0 or count < 1 or first + count >= P_LIMIT:
            raise ValueError("w is at least 0 and below 2^62")
        if b < 2 or x < 0 or any(e < 0 for _, e in terms):
            raise ValueError("the base is at least 2, the exponents are not negative")
        self.b, self.x, self.terms, self.first = b, x, terms, first
        self._values = self._small_values(count)
        self._make_cells(count, alive)
        self.cells.alive[self._values < 2] = 0
        constants = [b, *(c for c, _ in terms)]
        self._words, self._ends = limbs(whole(*(abs(v) for v in constants)))
        self._negative = np.array([v < 0 for v in constants], dtype=np.uint8)
        self._exponents = np.array([e for _, e in terms], dtype=np.uint64)

    def name(self, cell: int) -> str:
        rest = "".join(f"{c:+d}*{self.b}^{e}" for c, e in self.terms)
        return f"{self.first + cell}*{self.b}^{self.x}{rest}"

    def small_value(self, cell: Rows) -> Rows:
        return self._values[cell]

    def divides(self, cell: Rows, factor: Rows) -> NDArray[np.bool_]:
        true = np.empty(cell.size, dtype=bool)
        for i, (c, p) in enumerate(zip(cell.tolist(), factor.tolist(), strict=True)):
            moved = (self.first + c) * int(gmpy2.powmod(self.b, self.x, p))
            true[i] = (moved + self._rest(p)) % p == 0
        return true

    def _rest(self, modulus: int) -> int:
        total = sum(c * int(gmpy2.powmod(self.b, e, modulus)) for c, e in self.terms)
        return total % modulus

    def _small_values(self, count: int) -> Rows:
        rest = sum(c * self.b**e for c, e in self.terms)
        if rest.bit_length() > _SMALL_BITS:
            large = rest > 0
            most = (self.first + count).bit_length() + self.x * self.b.bit_length()
            if not large and most + 1 >= rest.bit_length():
                raise ValueError("a large negative t is not understood here")
            return np.full(count, P_LIMIT if large else -1, dtype=np.int64)
        power_x = self.b**self.x
        values = ((self.first + i) * power_x + rest for i in range(count))
        return np.array([max(min(v, P_LIMIT), -1) for v in values], dtype=np.int64)

    def _even(self) -> NDArray[np.bool_]:
        w = np.arange(self.first, self.first + self.cells.alive.size, dtype=np.int64)
        odd = w % 2 * (pow(self.b, self.x, 2)) + self._rest(2)
        even: NDArray[np.bool_] = odd % 2 == 0
        return even

    def _hits(self, window: Rows, fp64: bool) -> Hits:
        if not window.size:
            return NO_HITS
        alive = self.cells.alive.copy()
        room = int(np.count_nonzero(alive))
        cell, factor = np.empty(room, np.int64), np.empty(room, np.int64)
        found = strike(
            window.astype(np.uint64),
            self._words,
            self._ends,
            self._negative,
            self._exponents,
            np.uint64(self.x),
            np.uint64(self.first),
            alive,
            cell,
            factor,
        )
        return cell[:found], factor[:found]


@kernel(
    "int64(uint64[::1], uint64[::1], int64[::1], uint8[::1], uint64[::1], uint64,"
    " uint64, uint8[::1], int64[::1], int64[::1])"
)
def strike(
    primes: NDArray[np.uint64],
    words: NDArray[np.uint64],
    ends: NDArray[np.int64],
    negative: NDArray[np.uint8],
    exponents: NDArray[np.uint64],
    x: np.uint64,
    first: np.uint64,
    alive: NDArray[np.uint8],
    hit_cell: NDArray[np.int64],
    hit_factor: NDArray[np.int64],
) -> int:
    """Find every alive cell that an odd prime divides, clear it, report cell and prime;
    words are b and the c of the terms, signs apart. Returns the number of hits."""
    hits = 0
    for i in range(primes.size):
        p = primes[i]
        ip = inverse_word(p)
        unit = one(p)
        r2 = square_of_r(unit, p, ip)
        b = residue(words, ends[0], ends[1], r2, p, ip)
        total = ZERO
        for term in range(exponents.size):
            c = residue(words, ends[term + 1], ends[term + 2], r2, p, ip)
            c = minus(c, p) if negative[term + 1] else c
            total = add(
                total, product(c, power(b, exponents[term], unit, p, ip), p, ip), p
            )
        stride = np.int64(p)
        if b == ZERO and x != ZERO:  # every number is t mod p
            if total != ZERO:
                continue
            start, stride = np.int64(0), np.int64(1)
        else:
            cycle = p - ONE
            back = power(b, cycle - x % cycle, unit, p, ip)
            w = product(minus(product(total, back, p, ip), p), ONE, p, ip)
            start = np.int64((w + p - first % p) % p)
        for cell in range(start, alive.size, stride):
            if alive[cell]:
                alive[cell] = 0
                hit_cell[hits] = cell
                hit_factor[hits] = p
                hits += 1
    return hits
