"""Stage 2 of p-1: one more prime q, B1 < q <= B2, may divide f-1.

With V_i = x^i + x^-i the prime factor f divides V_mD - V_j when the order of x mod f
divides mD+j or mD-j. So each prime q = mD +- j costs one multiplication, and two primes
around the same mD share it. The V_j of the j coprime to D are a table, V_mD moves on by
V_(m+1)D = V_mD * V_D - V_(m-1)D. All differences go into one product.

P. L. Montgomery, Speeding the Pollard and elliptic curve methods of factorization,
Math. Comp. 48 (1987). Not done: polynomial evaluation in many points at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import Any

import gmpy2
import numpy as np
from numpy.typing import NDArray

from darkreach.arithmetic import Modulus
from darkreach.arithmetic.chains import Chain
from darkreach.sieve.primes import primes

#: Choices of D, with the least B1 each needs: a prime factor of D must not be missed.
_WHEELS = ((2310, 11), (210, 7), (30, 5), (6, 3), (2, 2))

#: The table of V_j takes at most about this many bits of memory.
_TABLE_BITS = 2**31


def wheel(bits: int, b1: int, b2: int) -> int:
    """The D that needs the fewest multiplications within the memory."""

    def multiplications(d: int) -> float:
        return d / 4 + (b2 - b1) / d

    fitting = [d for d, least in _WHEELS if b1 >= least and d // 9 * bits < _TABLE_BITS]
    return min(fitting or [2], key=multiplications)


def pairs(b1: int, b2: int, d: int) -> NDArray[np.int64]:
    """Rows (m, j), sorted and distinct, so that every prime q in (b1, b2] is m*d + j or
    m*d - j of a row."""
    q = primes(b1 + 1, b2)
    m = (q + d // 2) // d
    j = np.abs(q - m * d)
    return np.stack(np.divmod(np.unique(m * d + j), d), axis=1)


class StageTwo(Chain):
    """The product of the differences; a step is a pair. `each` takes a gcd at every
    pair instead and stops at the first that is a proper divisor."""

    def __init__(self, modulus: Modulus, x: Any, b1: int, b2: int, each: bool) -> None:
        number = modulus.number
        self.d = wheel(number.bit_length(), b1, b2)
        self.pairs = pairs(b1, b2, self.d)
        super().__init__(modulus, len(self.pairs))
        self.each = each
        self.v1 = modulus.load((x + gmpy2.invert(x, number)) % number)
        self.product = modulus.load(1)
        self.found = gmpy2.mpz(1)
        self.m = int(self.pairs[0, 0]) if self.length else 0
        self._table: dict[int, Any] = {}
        self.here: Any = None  # V_mD
        self.behind: Any = None  # V_(m-1)D

    def divisor(self) -> Any:
        """gcd with N, of the product or of the first single difference that has one."""
        if self.each:
            return self.found
        value = self.modulus.store(self.product)
        return gmpy2.gcd(value, self.modulus.number)

    def run(self, count: int) -> None:
        if self.here is None:
            self._prepare()
        modulus = self.modulus
        for m, j in self.pairs[self.done : self.done + count].tolist():
            while self.m < m:
                ahead = modulus.multiply(self.here, self._table[self.d])
                self.here, self.behind = modulus.subtract(ahead, self.behind), self.here
                self.m += 1
            difference = modulus.subtract(self.here, self._table[j])
            if self.each:
                self._look(difference)
            else:
                self.product = modulus.multiply(self.product, difference)

    def held(self) -> Sequence[Any]:
        return self.product, self.here, self.behind, self.m, self.found

    def hold(self, residues: Sequence[Any]) -> None:
        self.product, self.here, self.behind, self.m, self.found = residues

    def values(self) -> list[Any]:
        return [gmpy2.mpz(self.m), self.modulus.store(self.product), self.found]

    def restore(self, values: list[Any]) -> None:
        self.m = int(values[0])
        self.product = self.modulus.load(values[1])
        self.found = values[2]
        self.here = self.behind = None

    def _look(self, difference: Any) -> None:
        if self.found == 1:
            divisor = gmpy2.gcd(self.modulus.store(difference), self.modulus.number)
            if divisor < self.modulus.number:
                self.found = divisor

    def _prepare(self) -> None:
        """The table of V_j and of V_D, and the two V at the present m."""
        self._table = {j: v for j, v in self._odd_values() if gcd(j, self.d) == 1}
        self._table[self.d] = self._lucas(self.d)
        self.here = self._lucas(self.m * self.d)
        self.behind = self._lucas(abs(self.m - 1) * self.d)

    def _odd_values(self) -> Any:
        """V_1, V_3, V_5 ... up to D/2."""
        modulus = self.modulus
        v2 = self._lucas(2)
        before, v = self.v1, self.v1  # V_-1 = V_1
        for j in range(1, max(self.d // 2, 1) + 1, 2):
            yield j, v
            before, v = v, modulus.subtract(modulus.multiply(v, v2), before)

    def _lucas(self, index: int) -> Any:
        """V_index by the ladder of neighbours V_i, V_(i+1)."""
        modulus = self.modulus
        two = modulus.load(2)
        v, w = two, self.v1
        for bit in f"{index:b}":
            middle = modulus.subtract(modulus.multiply(v, w), self.v1)
            if bit == "1":
                v, w = middle, modulus.subtract(modulus.multiply(w, w), two)
            else:
                v, w = modulus.subtract(modulus.multiply(v, v), two), middle
        return v
