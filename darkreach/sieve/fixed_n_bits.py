"""Sieve of m*k*b^n+c over a long interval of k, one bit per k: twins, pairs, chains.

A candidate is a k with all its members: (1, 1) and (1, -1) are the twins k*b^n+-1;
(1, -1) and (2, -1) are Sophie Germain pairs and (1, 1) and (2, 1) Cunningham pairs of
the second kind, N and 2N + c. p divides a member when k = -c*r/m mod p with r = b^-n:
one power serves all of them, and dividing by m, a power of two, is one product more.

While p is at most 4*last every prime has multiples in the interval: those are crossed
off, small p segment by segment, and only the bits change. Above, a solution in range is
rare and comes as r/m itself, for both signs at once when abs(r/m) <= last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gmpy2
import numpy as np
from numpy.typing import NDArray

from darkreach.errors import DarkreachError
from darkreach.jit import inner, kernel
from darkreach.sieve.algebraic import (
    Algebraic,
    factor_of_power,
    powers_among_multiples,
)
from darkreach.sieve.cells import limbs, whole
from darkreach.sieve.dense import WINDOW, collect
from darkreach.sieve.fp64 import LANES
from darkreach.sieve.fp64 import LIMIT as FP64_LIMIT
from darkreach.sieve.fp64 import product as fp64_product
from darkreach.sieve.machine import FP64, multiplication, parts
from darkreach.sieve.modmul import (
    ONE,
    P_LIMIT,
    inverse_word,
    one,
    power,
    product,
    residue,
    square_of_r,
)
from darkreach.sieve.powers import (
    ROWS,
    InversePower,
    divisors,
    invert,
    load,
    power_of_row,
)
from darkreach.sieve.primes import primes, without_divisors
from darkreach.sieve.terms import Rows

#: Bits of a segment of the map; primes beyond work on the whole map.
SEGMENT = 2**21

#: Telling primes from composites without divisors up to here costs more than to sieve
#: with both.
DIVISORS = 2**17

#: One in so many solutions that only cross off is checked by other arithmetic.
SAMPLE = 1024

TWINS = ((1, 1), (1, -1))
SOPHIE_GERMAIN = ((1, -1), (2, -1))
CUNNINGHAM_SECOND = ((1, 1), (2, 1))


@dataclass(frozen=True)
class Removed:
    """Parallel arrays: a k, the place of the member of it, and the prime."""

    k: Rows
    member: Rows
    factor: Rows


class KBits:
    """The k of [first, last], last below 2^47, n at least 1. Joint: k is out when one
    member is; otherwise each member has a map of its own. bits[i] is map i, bit j of
    it stands for k = first + j."""

    def __init__(
        self,
        b: int,
        n: int,
        first: int,
        last: int,
        members: Sequence[tuple[int, int]] = ((1, 1),),
        joint: bool = True,
    ) -> None:
        if n < 1 or first < 1 or last >= 2**47:
            raise DarkreachError("n and k must be positive, k below 2^47")
        if any(m < 1 or m & m - 1 or abs(c) != 1 for m, c in members):
            raise DarkreachError("a member is (power of two, 1 or -1)")
        self.b, self.n, self.first, self.last = b, n, first, last
        self.members, self.joint = tuple(members), joint
        self.size = last - first + 1
        maps = 1 if joint else len(self.members)
        self.bits = np.full((maps, -(-self.size // 8)), 255, dtype=np.uint8)
        self.bits[:, -1] >>= np.uint8(-self.size % 8)
        self._powers = InversePower(b, n)
        self._small = b**n if n * b.bit_length() < 256 else P_LIMIT  # b^n, or large
        for place, (m, c) in enumerate(self.members):
            if m * self._small * first + c < 2:
                self._map(place)[0] &= 0b1111_1110

    def alive(self, member: int = 0) -> NDArray[np.bool_]:
        """For each k, whether it is left; of this member when not joint."""
        bits = np.unpackbits(self._map(member), bitorder="little", count=self.size)
        return bits.view(np.bool_)

    def _map(self, member: int) -> NDArray[np.uint8]:
        row: NDArray[np.uint8] = self.bits[0 if self.joint else member]
        return row

    def sieve(self, low: int, high: int) -> Removed:
        """Sieve with the primes of [low, high]; what those above 4*last removed."""
        found = [
            self.strike(self._window(start, min(start + WINDOW - 1, high)))
            for start in range(low, high + 1, WINDOW)
        ]
        return _joined(found)

    def _window(self, low: int, high: int) -> Rows:
        """The primes of [low, high]; where solutions are rare, composites too."""
        if low > 4 * self.last and high < FP64_LIMIT and multiplication() == FP64:
            return without_divisors(low, high, DIVISORS)
        return primes(low, high)

    def remove_algebraic(self) -> list[tuple[int, int, Algebraic]]:
        """Remove the k with a member that algebra gives a factor of: k, the place of
        the member, the factor."""
        removed = []
        for place, (m, c) in enumerate(self.members):
            every = powers_among_multiples(self.b, self.n, m * self.last)
            for k in sorted({mk // m for mk in every if mk % m == 0}):
                byte, bit = divmod(k - self.first, 8)
                if k < self.first or not self._map(place)[byte] >> bit & 1:
                    continue
                found = factor_of_power(m * k, self.b, self.n, c)
                if found:
                    self._map(place)[byte] &= 255 ^ 1 << bit
                    removed.append((k, place, found))
        return removed

    def strike(self, window: Rows) -> Removed:
        """Sieve with these primes, ascending; composites above 4*last do no harm."""
        if window.size and window[0] == 2:
            self._strike_two()
            window = window[1:]
        alone = divisors(window, self.b)
        window = np.delete(window, alone) if alone.size else window
        common = int(np.searchsorted(window, 4 * self.last, side="right"))
        self._cross_off(window[:common])
        return _joined([self._rare(p.primes, p.fp64) for p in parts(window[common:])])

    def _strike_two(self) -> None:
        for place, (m, c) in enumerate(self.members):
            if m % 2 and self.b % 2:
                odd = np.arange(self.first % 2 ^ 1, self.size, 2)  # odd k, even numbers
                if m * self._small * self.first + c == 2:
                    odd = odd[1:]
                keep = np.ones(self.size, dtype=bool)
                keep[odd] = False
                self._map(place)[:] &= np.packbits(keep, bitorder="little")

    def _cross_off(self, window: Rows) -> None:
        """The primes up to 4*last, by their solutions mod p."""
        root = self._roots(window)
        for place, (m, c) in enumerate(self.members):
            k = root.copy()
            for _ in range(m.bit_length() - 1):
                k = np.where(k & 1, k + window, k) >> 1
            k = k if c < 0 else window - k
            self._check_sample(window, k, m, c)
            start = (k - self.first) % window
            own = self._own(window, m, c)
            middle = int(np.searchsorted(window, SEGMENT))
            cut = slice(0, middle), slice(middle, None)
            for some, segment in zip(cut, (SEGMENT, self.size), strict=True):
                cross_off(
                    self._map(place),
                    self.size,
                    window[some],
                    start[some],
                    own[some],
                    segment,
                )

    def _roots(self, window: Rows) -> Rows:
        """b^-n mod p, in [0, p)."""
        found = []
        for part in parts(window):
            if part.fp64:
                found.append(np.empty(part.primes.size, dtype=np.int64))
                roots_fp64(part.primes, *self._powers.arrays, found[-1])
            else:
                found.append(np.empty(part.primes.size, dtype=np.int64))
                b_limbs, _ = limbs(whole(self.b))
                n = np.uint64(self.n)
                roots_words(part.primes.view(np.uint64), b_limbs, n, found[-1])
        return np.concatenate([np.empty(0, dtype=np.int64), *found])

    def _own(self, window: Rows, m: int, c: int) -> Rows:
        """Where the member of a k is the prime itself: the place of that k, or -1."""
        none = np.full(window.size, -1, dtype=np.int64)
        unit = m * self._small
        if not window.size or unit * self.first + c > window[-1]:
            return none
        k, rest = (window - c) // unit, (window - c) % unit
        inside = (rest == 0) & (k >= self.first) & (k <= self.last)
        return np.where(inside, k - self.first, none)

    def _check_sample(self, window: Rows, k: Rows, m: int, c: int) -> None:
        for i in {*range(0, window.size, SAMPLE), *range(window.size)[-1:]}:
            self._check(int(window[i]), int(k[i]), m, c)

    def _check(self, p: int, k: int, m: int, c: int) -> None:
        if (m * k * gmpy2.powmod(self.b, self.n, p) + c) % p != 0:
            number = f"{m * k}*{self.b}^{self.n}{c:+d}"
            raise DarkreachError(
                f"the sieve made an error: {p} does not divide {number}"
            )

    def _rare(self, window: Rows, fp64: bool) -> Removed:
        """The primes above 4*last."""
        halvings = np.array(sorted({m.bit_length() - 1 for m, _ in self.members}))
        # k = -c*x must be positive; one sign is left where all c agree.
        wanted = [{-c for m, c in self.members if m == 1 << h} for h in halvings]
        signs = np.array([sum(each) for each in wanted], dtype=np.int64)
        if fp64:
            solution, factor = collect(
                lambda x, p: int(
                    rare_fp64(
                        window,
                        *self._powers.arrays,
                        halvings,
                        signs,
                        self.bits,
                        self.first,
                        self.last,
                        x,
                        p,
                    )
                )
            )
        else:
            b_limbs, _ = limbs(whole(self.b))
            solution, factor = collect(
                lambda x, p: int(
                    rare_words(
                        window.view(np.uint64),
                        b_limbs,
                        np.uint64(self.n),
                        halvings,
                        signs,
                        self.bits,
                        self.first,
                        self.last,
                        x,
                        p,
                    )
                )
            )
        found: list[tuple[int, int, int]] = []
        for x, p in zip(solution.tolist(), factor.tolist(), strict=True):
            found += self._take(x, p)
        k, member, prime = zip(*found, strict=True) if found else ((), (), ())
        return Removed(*(np.array(v, dtype=np.int64) for v in (k, member, prime)))

    def _take(self, x: int, p: int) -> list[tuple[int, int, int]]:
        """Remove k = abs(x) where its member is divisible: the sign of x tells which c,
        a product which m."""
        k = abs(x)
        taken: list[tuple[int, int, int]] = []
        value = k * int(gmpy2.powmod(self.b, self.n, p))
        byte, bit = divmod(k - self.first, 8)
        for place, (m, c) in enumerate(self.members):
            own = m * k * self._small + c == p
            left = self._map(place)[byte] >> bit & 1
            divides = (m * value + c) % p == 0
            if divides and left and not own and gmpy2.is_prime(p):
                self._map(place)[byte] &= 255 ^ 1 << bit
                taken.append((k, place, p))
        return taken


def _joined(found: list[Removed]) -> Removed:
    columns = ([getattr(r, name) for r in found] for name in ("k", "member", "factor"))
    return Removed(*(np.concatenate([np.empty(0, np.int64), *c]) for c in columns))


@kernel(
    "void(int64[::1], float64[::1], float64[::1], float64[::1], int64[::1], int64[::1],"
    " int64[::1])"
)
def roots_fp64(
    primes: NDArray[np.int64],
    b_digits: NDArray[np.float64],
    t: NDArray[np.float64],
    rest: NDArray[np.float64],
    squarings: NDArray[np.int64],
    places: NDArray[np.int64],
    out: NDArray[np.int64],
) -> None:
    """out[i] = b^-n mod primes[i], in [0, p); no prime may divide b."""
    w = np.empty(ROWS * LANES)
    odd = np.empty(LANES * (max(0, places.max()) + 1))
    for start in range(0, primes.size, LANES):
        load(w, primes, start)
        invert(w, b_digits, t, rest)
        power_of_row(w, odd, squarings, places)
        for lane in range(min(LANES, primes.size - start)):
            r = np.int64(w[lane])
            out[start + lane] = r + primes[start + lane] if r < 0 else r


@kernel("void(uint64[::1], uint64[::1], uint64, int64[::1])")
def roots_words(
    primes: NDArray[np.uint64], b_limbs: NDArray[np.uint64], n: Any, out: Any
) -> None:
    """The same in Montgomery form, for odd primes below 2^62."""
    for i in range(primes.size):
        p = primes[i]
        ip = inverse_word(p)
        unit = one(p)
        b = residue(b_limbs, 0, b_limbs.size, square_of_r(unit, p, ip), p, ip)
        cycle = p - ONE
        out[i] = product(power(b, cycle - n % cycle, unit, p, ip), ONE, p, ip)


@inner
def left(bits: Any, place: Any) -> Any:
    """Is the bit at this place, which may be below 0, set in any map?"""
    if place < 0:
        return False
    found = np.uint8(0)
    for row in range(bits.shape[0]):
        found |= bits[row, place >> 3]
    return (found >> (place & 7)) & 1 == 1


@kernel(
    "int64(int64[::1], float64[::1], float64[::1], float64[::1], int64[::1],"
    " int64[::1], int64[::1], int64[::1], uint8[:, ::1], int64, int64, int64[::1],"
    " int64[::1])"
)
def rare_fp64(
    primes: NDArray[np.int64],
    b_digits: NDArray[np.float64],
    t: NDArray[np.float64],
    rest: NDArray[np.float64],
    squarings: NDArray[np.int64],
    places: NDArray[np.int64],
    halvings: NDArray[np.int64],
    signs: NDArray[np.int64],
    bits: NDArray[np.uint8],
    first: int,
    last: int,
    hit: NDArray[np.int64],
    hit_factor: NDArray[np.int64],
) -> int:
    """Report x = b^-n / 2^h mod p and p when the k = abs(x) is in any map and x has the
    wanted sign (0: any), for each h of halvings, ascending; p is above 4*last. Returns
    the number of hits; those that fit are written."""
    hits = 0
    most = np.float64(last)
    w = np.empty(ROWS * LANES)
    odd = np.empty(LANES * (max(0, places.max()) + 1))
    for start in range(0, primes.size, LANES):
        load(w, primes, start)
        invert(w, b_digits, t, rest)
        power_of_row(w, odd, squarings, places)
        halved = 0
        for i in range(halvings.size):
            h, sign = halvings[i], signs[i]
            for _ in range(h - halved):
                for lane in range(LANES):
                    p, inv = w[LANES + lane], w[2 * LANES + lane]
                    w[lane] = fp64_product(w[lane], (p + 1.0) * 0.5, p, inv)
            halved = h
            near = False
            for lane in range(LANES):
                near = near | (abs(w[lane]) <= most)
            if near:
                for lane in range(min(LANES, primes.size - start)):
                    x = w[lane]
                    if abs(x) > most or x * sign < 0.0:
                        continue
                    if left(bits, np.int64(abs(x)) - first):
                        if hits < hit.size:
                            hit[hits] = np.int64(x)
                            hit_factor[hits] = primes[start + lane]
                        hits += 1
    return hits


@kernel(
    "int64(uint64[::1], uint64[::1], uint64, int64[::1], int64[::1], uint8[:, ::1],"
    " int64, int64, int64[::1], int64[::1])"
)
def rare_words(
    primes: NDArray[np.uint64],
    b_limbs: NDArray[np.uint64],
    n: Any,
    halvings: NDArray[np.int64],
    signs: NDArray[np.int64],
    bits: NDArray[np.uint8],
    first: int,
    last: int,
    hit: NDArray[np.int64],
    hit_factor: NDArray[np.int64],
) -> int:
    """The same in Montgomery form, for odd primes below 2^62."""
    hits = 0
    for p in primes:
        ip = inverse_word(p)
        unit = one(p)
        b = residue(b_limbs, 0, b_limbs.size, square_of_r(unit, p, ip), p, ip)
        cycle = p - ONE
        x = product(power(b, cycle - n % cycle, unit, p, ip), ONE, p, ip)
        halved = 0
        for i in range(halvings.size):
            h, sign = halvings[i], signs[i]
            for _ in range(h - halved):
                x = (x + p if x & ONE else x) >> ONE
            halved = h
            signed = np.int64(x) if x <= p >> ONE else -np.int64(p - x)
            if abs(signed) > last or signed * sign < 0:
                continue
            if left(bits, abs(signed) - first):
                if hits < hit.size:
                    hit[hits] = signed
                    hit_factor[hits] = np.int64(p)
                hits += 1
    return hits


@kernel("void(uint8[::1], int64, int64[::1], int64[::1], int64[::1], int64)")
def cross_off(
    bits: NDArray[np.uint8],
    size: int,
    primes: NDArray[np.int64],
    start: NDArray[np.int64],
    own: NDArray[np.int64],
    segment: int,
) -> None:
    """Clear the bits start[i] + t*primes[i] below size, but for own[i]; start is used
    up."""
    for low in range(0, size, segment):
        end = np.uint64(min(low + segment, size))
        for i in range(primes.size):
            p, at, mine = np.uint64(primes[i]), np.uint64(start[i]), np.uint64(own[i])
            while at < end:
                if at != mine:
                    bits[at >> np.uint64(3)] &= 255 ^ (1 << (at & np.uint64(7)))
                at += p
            start[i] = np.int64(at)
