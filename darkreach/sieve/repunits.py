"""Factors of (b^q-1)/(b-1) for prime exponents q and any b, negative too.

b = 2 gives the Mersenne numbers, b = -2 the Wagstaff numbers (2^q+1)/3, b = 10 the
decimal repunits. A prime p that divides such a number, q odd, but not b-1 has the order
of b equal to q: so p = 2*j*q + 1, and b = (b^((q+1)/2))^2 is a square mod p, which for
b = 2 means p = +-1 mod 8, for b = -2 p = 1 or 3 mod 8. A prime p of b-1 divides only
when p = q. What small primes divide is not tried; the powers b^q of what is left are
taken in blocks in which every lane has its own q and p. Divisors that are not prime are
turned away, so that the result does not depend on how the range of p is cut.
"""

from __future__ import annotations

from math import isqrt, log2
from typing import Any

import gmpy2
import numpy as np
from numpy.typing import NDArray

from darkreach.errors import DarkreachError
from darkreach.jit import Kernel, inner, kernel
from darkreach.sieve import machine
from darkreach.sieve.cells import Hits
from darkreach.sieve.characters import Characters, characters
from darkreach.sieve.dense import Flags
from darkreach.sieve.fp64 import LIMIT
from darkreach.sieve.lanes import (
    constant,
    constants,
    lanes,
    load,
    negative,
    powers,
    words,
)
from darkreach.sieve.modmul import P_LIMIT
from darkreach.sieve.primes import primes
from darkreach.sieve.terms import Rows
from darkreach.sieve.vectors import FREE, LANES, UNIT

#: Candidates that are made before their powers are taken; p = 2jq+1 for so many j are
#: sifted at once.
BATCH, SEGMENT = 2**17, 2**15

#: Candidates are sifted by the odd primes up to here, at most.
SIFTING = np.array([r for r in range(3, 512) if gmpy2.is_prime(r)], dtype=np.int64)

#: Rows of a block: b and b^q.
BASE, RESULT = FREE, FREE + LANES

#: Below this p floating point is not used.
LEAST = 16


class Repunits:
    """Cell i is the number of the prime exponent q[i]."""

    def __init__(self, b: int, q: Rows, alive: NDArray[np.bool_] | None = None) -> None:
        """alive says which exponents are to be sieved; None: all. ValueError for a
        base or an exponent that is none."""
        self.b, self.q = b, q
        if abs(self.b) < 2:
            raise ValueError("the base of a repunit is at least 2 or at most -2")
        wrong = [each for each in q.tolist() if not gmpy2.is_prime(each)]
        if wrong:
            raise ValueError(f"the exponent {wrong[0]} is not prime")
        if 2 in self.q and abs(self.b) > 2**40:
            raise ValueError("the exponent 2 is for bases up to 2^40 only")
        self._value = [_small_value(self.b, q) for q in self.q.tolist()]
        flags = np.array([v >= 2 for v in self._value], dtype=np.uint8)
        self.cells = Flags(flags if alive is None else flags & alive)
        self._characters: Characters = characters([self.b])

    def sieve(self, low: int, high: int) -> Hits:
        """The places of the exponents whose numbers have a prime factor in [low, high]
        other than themselves, ascending, and the smallest such factor; they are no
        longer alive afterwards. high is below 2^62."""
        if high >= P_LIMIT:
            raise ValueError("a sieve goes to p < 2^62 at most")
        low = max(low, 2)
        best = self._short_cuts(low, high)
        real = machine.multiplication() == machine.FP64
        self._candidates(low, min(high, LEAST - 1), False, best)
        self._candidates(max(low, LEAST), min(high, LIMIT - 1), real, best)
        self._candidates(max(low, LIMIT), high, False, best)
        places = np.array(sorted(best), dtype=np.int64)
        self.cells.alive[places] = 0
        return places, np.array([best[i] for i in places.tolist()], dtype=np.int64)

    def _short_cuts(self, low: int, high: int) -> dict[int, int]:
        """p = q, which divides b-1, and the number b+1 of q = 2."""
        best: dict[int, int] = {}
        for i, q in enumerate(self.q.tolist()):
            if q == 2 and self.cells.alive[i]:
                for p in _prime_factors(self._value[i], low, high):
                    self._note(i, p, best)
            elif (self.b - 1) % q == 0 and low <= q <= high:
                self._note(i, q, best)
        return best

    def _candidates(
        self, low: int, high: int, fp64: bool, best: dict[int, int]
    ) -> None:
        cursor = np.array([0, 0], dtype=np.int64)
        p, place = np.empty(BATCH, np.int64), np.empty(BATCH, np.int64)
        while low <= high and cursor[0] < self.q.size:
            count = candidates(
                self.q,
                self.cells.alive,
                low,
                high,
                cursor,
                SIFTING,
                self._characters.table,
                int(self._characters.modulus[0]),
                p,
                place,
            )
            for i in self._divisors(p[:count], place[:count], fp64):
                self._note(int(place[i]), int(p[i]), best)

    def _divisors(self, p: Rows, place: Rows, fp64: bool) -> list[int]:
        """The i for which b^q = 1 mod p[i]."""
        if not p.size:
            return []
        real, inverse = lanes(p, fp64)
        number, _ = constants([abs(self.b)], real)
        hit = np.zeros(p.size, dtype=np.uint8)
        small = abs(self.b) * int(p.max()) < LIMIT
        run: Kernel = roots_float if fp64 else roots_word
        exponents = self.q[place].astype(np.uint64)
        run(real, inverse, number, self.b < 0, exponents, small, hit)
        found: list[int] = np.flatnonzero(hit).tolist()
        return found

    def _note(self, i: int, p: int, best: dict[int, int]) -> None:
        """A divisor p of number i: check it, keep it if it is prime and the least."""
        q = int(self.q[i])
        if not self.cells.alive[i] or self._value[i] == p or not gmpy2.is_prime(p):
            return
        if (self.b - 1) % p == 0:
            if q != p:  # then the number is q mod p
                return
        elif gmpy2.powmod(self.b, q, p) != 1:
            raise DarkreachError(
                f"the sieve made an error: {p} does not divide"
                f" ({self.b}^{q}-1)/({self.b}-1)"
            )
        best[i] = min(p, best.get(i, p))


def _small_value(b: int, q: int) -> int:
    """(b^q-1)/(b-1), or 2^62 where it is larger; all are positive but b+1."""
    if q > 2 and q * log2(abs(b)) > 80:
        return 2**62
    value: int = (b**q - 1) // (b - 1)
    return value


def _prime_factors(value: int, low: int, high: int) -> list[int]:
    """The prime factors of a small number in [low, high]."""
    found: list[int] = []
    for p in primes(2, min(high, isqrt(value))).tolist():
        while value % p == 0:
            value //= p
            found.append(p)
    return [p for p in [*found, value] if low <= p <= high and p > 1]


@inner
def inverse_mod(a: Any, r: Any) -> Any:
    """1/a mod a prime r that does not divide a; Euclid's algorithm."""
    before, now = np.int64(0), np.int64(1)
    m = r
    while a > 1:
        quotient = m // a
        m, a = a, m - quotient * a
        before, now = now, before - quotient * now
    return now % r


@kernel(
    "int64(int64[::1], uint8[::1], int64, int64, int64[::1], int64[::1], uint8[::1],"
    " int64, int64[::1], int64[::1])"
)
def candidates(
    q: NDArray[np.int64],
    alive: NDArray[np.uint8],
    low: int,
    high: int,
    cursor: NDArray[np.int64],
    sifting: NDArray[np.int64],
    table: NDArray[np.uint8],
    modulus: int,
    out: NDArray[np.int64],
    place: NDArray[np.int64],
) -> int:
    """p = 2*j*q + 1 of [low, high] that no sifting prime but p itself divides and of
    which b is a square (table, modulus: see ``characters``). Goes on from the place in
    q and the j of cursor; returns how many, at most out.size."""
    flags = np.empty(SEGMENT, np.uint8)
    count = 0
    while cursor[0] < q.size:
        i = cursor[0]
        step = 2 * q[i]
        first = max(cursor[1], np.int64(1), (low - 1 + step - 1) // step)
        last = (high - 1) // step
        if not alive[i] or q[i] == 2 or first > last:
            cursor[0], cursor[1] = i + 1, 0
            continue
        size = min(last - first + 1, SEGMENT)
        if count + size > out.size:
            break
        flags[:size] = 1
        if modulus:
            for j in range(min(size, modulus)):  # what b says repeats after modulus
                at = (step * (first + j) + 1) % modulus >> 1
                flags[j] = table[at >> 3] >> np.uint8(at & 7) & np.uint8(1)
            for j in range(modulus, size):
                flags[j] = flags[j - modulus]
        for r in sifting:
            if r > 16 and r > size:
                break
            if q[i] % r == 0:
                continue
            gain = step % r
            j = (r - (gain * (first % r) + 1) % r) * inverse_mod(gain, r) % r
            if step * (first + j) + 1 == r:
                j += r
            while j < size:
                flags[j] = 0
                j += r
        for j in range(size):
            out[count] = step * (first + j) + 1
            place[count] = i
            count += flags[j]
        cursor[1] = first + size
    return count


ROOTS = "void({0}[::1], {0}[::1], {0}[::1], boolean, uint64[::1], boolean, uint8[::1])"


def roots(
    p: Any, inverse: Any, number: Any, minus: bool, q: Any, small: bool, hit: Any
) -> None:
    """hit[i] = 1 where b^q[i] = 1 mod p[i]; b is the number, or minus that."""
    w = np.empty(RESULT + LANES, p.dtype)
    other = np.empty(RESULT + LANES, p.dtype)
    e = np.empty(2 * LANES, np.uint64)
    key = np.empty(2 * LANES, np.uint64)
    unit = np.empty(2 * LANES, np.uint64)
    for begin in range(0, p.size, 2 * LANES):
        for lane in range(2 * LANES):
            i = min(begin + lane, p.size - 1)
            block = w if lane < LANES else other
            load(block, lane % LANES, p[i], inverse[i])
            v = constant(number, 0, number.size, p[i], inverse[i])
            block[BASE + lane % LANES] = negative(v, p[i]) if minus else v
            e[lane] = q[i]
        powers(w, other, BASE, RESULT, e, small)
        words(w, RESULT, key, 0)
        words(other, RESULT, key, LANES)
        words(w, UNIT, unit, 0)
        words(other, UNIT, unit, LANES)
        for lane in range(min(2 * LANES, p.size - begin)):
            hit[begin + lane] = key[lane] == unit[lane]


roots_float = kernel(ROOTS.format("float64"))(roots)
roots_word = kernel(ROOTS.format("uint64"))(roots)
