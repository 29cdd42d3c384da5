"""Sieve over the place m of one term: (a*b^m + t)/d with t and d fixed.

Near-repdigits with one digit changed, d*(b^n-1)/(b-1) + e*b^m, and palindromes of a
fixed length such as b^(2n) + w*b^m + 1 are of this shape. p divides when v*b^m = 1 with
v = -a/t mod p: one discrete logarithm for each number and prime. t is a sum of terms
c*b^e, so that it costs a few powers per prime however long it is. Small primes and
those that divide a, b or d run over all m instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

import gmpy2
import numpy as np
from numpy.typing import NDArray

from darkreach.jit import kernel
from darkreach.sieve.cells import Hits, joined, limbs, whole
from darkreach.sieve.dense import Dense
from darkreach.sieve.found import Found
from darkreach.sieve.logarithms import LEAST, Logarithms
from darkreach.sieve.modmul import (
    ONE,
    P_LIMIT,
    TWO,
    inverse_word,
    one,
    power,
    product,
    residue,
    square_of_r,
)
from darkreach.sieve.quadratics import SMALL_PRIMES, dividing, walk
from darkreach.sieve.square_roots import add, minus
from darkreach.sieve.terms import Rows

#: A number of more bits, also after its division, is larger than all primes.
_SMALL_BITS = 200


@dataclass(frozen=True)
class MovedTerm:
    """(a*b^m + the sum of c*b^e over terms (c, e))/divisor, a whole number for all m in
    question."""

    a: int
    terms: tuple[tuple[int, int], ...]
    divisor: int = 1

    def __post_init__(self) -> None:
        if not self.a or self.divisor < 1 or any(e < 0 for _, e in self.terms):
            raise ValueError("a moved term needs an a, exponents >= 0, a divisor > 0")

    def rest(self, b: int, modulus: int) -> int:
        """The sum of the fixed terms."""
        return (
            sum(c * int(gmpy2.powmod(b, e, modulus)) for c, e in self.terms) % modulus
        )

    def modulo(self, b: int, m: int, p: int) -> int:
        """The number for this m, modulo p."""
        modulus = p * self.divisor
        moved = self.a * int(gmpy2.powmod(b, m, modulus))
        value = (moved + self.rest(b, modulus)) % modulus
        if value % self.divisor:
            raise ValueError(f"{self} is not a whole number for b = {b}, m = {m}")
        return value // self.divisor


def near_repdigit(b: int, digits: int, digit: int, change: int) -> MovedTerm:
    """The repdigit of so many digits with ``change`` added to the digit at place m."""
    terms = ((digit, digits), (-digit, 0))
    return MovedTerm(change * (b - 1), terms, b - 1)


class MovedTerms(Dense):
    """Line s, place j of the cells, s*width + j, is the number s at m = start + step*j;
    row and cell are the same."""

    least = LEAST

    def __init__(
        self,
        b: int,
        start: int,
        step: int,
        width: int,
        numbers: Sequence[MovedTerm],
        alive: NDArray[np.bool_] | None = None,
    ) -> None:
        self.b, self.start, self.step, self.width = b, start, step, width
        self.numbers = numbers
        self._small = self._small_values()
        self._make_cells(width * len(numbers), alive)
        none = [cell for cell, value in self._small.items() if value < 2]
        self.cells.alive[none] = 0
        constants = [b, *(v for q in numbers for v in (q.a, *(c for c, _ in q.terms)))]
        self._words, self._first = limbs(whole(*(abs(v) for v in constants)))
        self._negative = np.array([v < 0 for v in constants], dtype=np.uint8)
        exponents = [e for q in numbers for _, e in q.terms]
        self._exponents = np.array(exponents, dtype=np.uint64)
        self._ends = np.cumsum([len(q.terms) for q in numbers], dtype=np.int64)
        lines = np.arange(len(numbers))
        self._logarithms = Logarithms(b, start, step, width, lines, [], self._targets)

    def name(self, cell: int) -> str:
        line, j = divmod(cell, self.width)
        q, m = self.numbers[line], self.start + self.step * j
        rest = "".join(f"{c:+d}*{self.b}^{e}" for c, e in q.terms)
        return f"({q.a}*{self.b}^{m}{rest})/{q.divisor}"

    def small_value(self, cell: Rows) -> Rows:
        values = np.full(cell.size, P_LIMIT, dtype=np.int64)
        for known, value in self._small.items():
            values[cell == known] = value
        return values

    def divides(self, cell: Rows, factor: Rows) -> NDArray[np.bool_]:
        true = np.empty(cell.size, dtype=bool)
        for i, (c, p) in enumerate(zip(cell.tolist(), factor.tolist(), strict=True)):
            line, j = divmod(c, self.width)
            m = self.start + self.step * j
            true[i] = self.numbers[line].modulo(self.b, m, p) == 0
        return true

    def _even(self) -> NDArray[np.bool_]:
        found = Found()
        self._one_prime(2, found)
        even = np.zeros(self.cells.alive.size, dtype=bool)
        even[found.hits()[0]] = True
        return even

    def _hits(self, window: Rows, fp64: bool) -> Hits:
        wrong = {self.b, *(q.a * q.divisor for q in self.numbers)}
        special = (window < SMALL_PRIMES) | dividing(window, wrong)
        found = Found()
        for p in window[special].tolist():
            self._one_prime(p, found)
        others = self._logarithms.find_part(window[~special], fp64, self.cells.alive)
        return joined([found.hits(), others])

    def _small_values(self) -> dict[int, int]:
        """The numbers below 2^62 by their cells, for negative ones -1."""
        small: dict[int, int] = {}
        for line, q in enumerate(self.numbers):
            rest = sum(c * self.b**e for c, e in q.terms)
            for j in range(self.width):
                m = self.start + self.step * j
                bits = log2(abs(q.a)) + m * log2(self.b)
                larger = q.a if bits > rest.bit_length() else rest
                if max(bits, rest.bit_length()) < _SMALL_BITS or (
                    abs(bits - rest.bit_length()) < 3
                ):
                    value = (q.a * self.b**m + rest) // q.divisor
                else:
                    value = P_LIMIT if larger > 0 else -1
                if value < P_LIMIT:
                    small[line * self.width + j] = max(value, -1)
        return small

    def _targets(self, window: Rows, in_form: bool) -> NDArray[np.uint64]:
        out = np.empty((window.size, len(self.numbers)), dtype=np.uint64)
        targets(
            window.astype(np.uint64),
            self._words,
            self._first,
            self._negative,
            self._exponents,
            self._ends,
            in_form,
            out,
        )
        return out

    def _one_prime(self, p: int, found: Found) -> None:
        """What a single prime divides, place by place."""
        for line, q in enumerate(self.numbers):
            modulus = p * q.divisor
            x, ratio = (pow(self.b, e, modulus) for e in (self.start, self.step))
            a, rest = q.a % modulus, q.rest(self.b, modulus)
            alive = self.cells.alive[line * self.width : (line + 1) * self.width]
            hit = np.zeros(self.width, dtype=np.uint8)
            if modulus < 2**31:
                walk(modulus, x, ratio, 0, a, rest, alive, hit)
            else:
                for j in range(self.width):
                    hit[j] = (a * x + rest) % modulus == 0
                    x = x * ratio % modulus
            found.add(np.flatnonzero(hit) + line * self.width, p)


@kernel(
    "void(uint64[::1], uint64[::1], int64[::1], uint8[::1], uint64[::1], int64[::1],"
    " boolean, uint64[:, ::1])"
)
def targets(
    primes: NDArray[np.uint64],
    words: NDArray[np.uint64],
    first: NDArray[np.int64],
    negative: NDArray[np.uint8],
    exponents: NDArray[np.uint64],
    ends: NDArray[np.int64],
    in_form: bool,
    out: NDArray[np.uint64],
) -> None:
    """out[i, s] = -a/t of number s mod primes[i], in Montgomery form if wanted. The
    constants of words (see ``limbs``), signs apart, are b, then of each number a and
    the c of its terms; number s has the exponents up to ends[s]. No prime divides an
    a."""
    for i in range(primes.size):
        p = primes[i]
        ip = inverse_word(p)
        unit = one(p)
        r2 = square_of_r(unit, p, ip)
        b = residue(words, first[0], first[1], r2, p, ip)
        term, place = 0, 1
        for s in range(ends.size):
            a = residue(words, first[place], first[place + 1], r2, p, ip)
            a = a if negative[place] else minus(a, p)
            place += 1
            total = unit - unit
            while term < ends[s]:
                c = residue(words, first[place], first[place + 1], r2, p, ip)
                c = minus(c, p) if negative[place] else c
                each = product(c, power(b, exponents[term], unit, p, ip), p, ip)
                total = add(total, each, p)
                term, place = term + 1, place + 1
            v = product(a, power(total, p - TWO, unit, p, ip), p, ip)
            out[i, s] = v if in_form else product(v, ONE, p, ip)
