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
from darkreach.errors import CheckpointError
from darkreach.sieve.balance import primes_between
from darkreach.sieve.primes import primes

#: Choices of D, the least B1 each needs (a prime factor of D must not be missed), and
#: the residues j of its table, which are phi(D)/2.
_WHEELS = (
    (30030, 13, 2880),
    (2310, 11, 240),
    (210, 7, 24),
    (30, 5, 4),
    (6, 3, 1),
    (2, 2, 1),
)

#: The table of V_j takes at most about this many bytes. A constant, so that a stage
#: begun on one machine goes on with the same D on another.
TABLE_BYTES = 2**29


def wheel(bits: int, b1: int, b2: int) -> int:
    """The D that needs the fewest multiplications within the memory."""
    return _choose(bits, b1, b2)[0]


def multiplications(bits: int, b1: int, b2: int) -> float:
    """How many multiplications stage 2 takes, on the average over such bounds."""
    return _choose(bits, b1, b2)[1] if b2 > b1 else 0.0


def _choose(bits: int, b1: int, b2: int) -> tuple[int, float]:
    """The best D and its multiplications."""
    # A value is kept as a transform: some 16 of its bits in a double.
    value_bytes = bits / 2
    fitting = [
        (d, _multiplications(d, residues, b1, b2))
        for d, least, residues in _WHEELS
        if b1 >= least and residues * value_bytes < TABLE_BYTES
    ]
    small = (2, _multiplications(2, 1, b1, b2))
    return min(fitting or [small], key=lambda choice: choice[1])


def _multiplications(d: int, residues: int, b1: int, b2: int) -> float:
    """One for each odd j up to D/2, one for each mD, one for each pair mD +- j with a
    prime: of the two places around mD each holds a prime with the same chance."""
    primes = primes_between(b1, b2)
    cells = max((b2 - b1) / d, 1.0) * residues
    chance = min(primes / (2 * cells), 1.0)
    return d / 4 + (b2 - b1) / d + cells * (2 - chance) * chance


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
        m, d = gmpy2.mpz(self.m), gmpy2.mpz(self.d)
        return [m, self.modulus.store(self.product), self.found, d]

    def restore(self, values: list[Any]) -> None:
        if len(values) < 4 or values[3] != self.d:
            raise CheckpointError("this stage 2 was begun with another D")
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
