"""Pollard's p-1: a prime factor f of N shows when f-1 has only small prime factors.

Stage 1 raises a base a to E = d * (all prime powers <= B1), where d divides f-1 for
every prime factor f of the form; then f | a^E - 1 when f-1 divides E. Stage 2 finds f
when one more prime q, B1 < q <= B2, is needed (stage_two.py). A gcd that is N itself
has caught all factors at once: the same stage is walked again with a gcd at each step.

J. M. Pollard, Theorems on factorization and primality testing (1974). The search is an
`Argument`: it may stop after any multiplication. Its first answer is the one exception
to 'answers are small': stage 2 starts from the residue of stage 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import gmpy2

from darkreach.arithmetic import Modulus, Number
from darkreach.arithmetic.chains import ONE_PIECE_BITS, POWMOD, Chain
from darkreach.arithmetic.factors import prime_factors
from darkreach.arithmetic.gmp import Division
from darkreach.arithmetic.power import Power
from darkreach.derivation import Answer, Argument
from darkreach.errors import DarkreachError
from darkreach.factoring.divisors import known_divisor
from darkreach.factoring.stage_two import StageTwo
from darkreach.residues import fermat_bases
from darkreach.sieve.primes import primes

#: How often to start again with another base when one base catches all factors at the
#: same step.
BASES = 3

#: A gcd up to this size is split further when it is composite.
SPLIT_BITS = 512
SPLIT_B1 = 100_000

#: Factors of the exponent that one call of powmod takes: some hundred bits.
_PIECE = 32


@dataclass(frozen=True)
class Bounds:
    """The smoothness bounds: no stage 2 where b2 <= b1."""

    b1: int
    b2: int


def smooth_primes(b1: int) -> list[int]:
    """Each prime q <= b1 as often as its highest power <= b1 has it."""
    root = int(gmpy2.isqrt(b1))
    repeated = []
    for q in primes(2, root).tolist():
        power = q
        while power <= b1:
            repeated.append(q)
            power *= q
    large: list[int] = primes(root + 1, b1).tolist()
    return repeated + large


def product(values: list[Any]) -> Any:
    """The product of integers, by halves to keep the factors balanced."""
    if len(values) <= 32:
        return prod(values, start=gmpy2.mpz(1))
    middle = len(values) // 2
    return product(values[:middle]) * product(values[middle:])


class Powmod(Chain):
    """A chain whose residues are integers, because gmpy2.powmod is its only step."""

    kernel = POWMOD

    def values(self) -> list[Any]:
        return list(self.held())

    def restore(self, values: list[Any]) -> None:
        self.hold(values)


class PowerByPieces(Powmod):
    """base^(product of the factors) mod N by powmod; a step is one piece. For numbers
    whose powmod is faster than any chain that can stop after every squaring."""

    def __init__(self, modulus: Modulus, base: int, factors: list[int]) -> None:
        self.pieces = [
            product(factors[i : i + _PIECE]) for i in range(0, len(factors), _PIECE)
        ]
        super().__init__(modulus, len(self.pieces))
        self.x = gmpy2.mpz(base) % modulus.number

    def run(self, count: int) -> None:
        for piece in self.pieces[self.done : self.done + count]:
            self.x = gmpy2.powmod(self.x, piece, self.modulus.number)

    def held(self) -> Sequence[Any]:
        return (self.x,)

    def hold(self, residues: Sequence[Any]) -> None:
        (self.x,) = residues


class Walk(Powmod):
    """The same power, prime by prime with a gcd after each, up to the first that is not
    1: `divisor`, which is N when the base catches all factors at the same step."""

    def __init__(self, modulus: Modulus, base: int, factors: list[int]) -> None:
        self.factors = factors
        super().__init__(modulus, len(self.factors))
        self.x = gmpy2.mpz(base) % modulus.number
        self.divisor = gmpy2.mpz(1)

    def run(self, count: int) -> None:
        number = self.modulus.number
        for q in self.factors[self.done : self.done + count]:
            if self.divisor == 1:
                self.x = gmpy2.powmod(self.x, q, number)
                self.divisor = gmpy2.gcd(self.x - 1, number)

    def held(self) -> Sequence[Any]:
        return self.x, self.divisor

    def hold(self, residues: Sequence[Any]) -> None:
        self.x, self.divisor = residues


@dataclass(frozen=True)
class StageOne:
    """gcd(a^E - 1, N), and a^E where stage 2 will need it."""

    base: int
    factors: list[int]
    keep: bool

    def chain(self, modulus: Modulus) -> Chain:
        if modulus.number.bit_length() < ONE_PIECE_BITS:
            return PowerByPieces(modulus, self.base, self.factors)
        return Power(modulus, self.base, product(self.factors))

    def answer(self, chain: Any) -> Answer:
        x = chain.modulus.store(chain.x)
        divisor = gmpy2.gcd(x - 1, chain.modulus.number)
        kept = x.digits(16) if self.keep and divisor == 1 else None
        return {"divisor": divisor.digits(16), "x": kept, "kernel": chain.kernel}


@dataclass(frozen=True)
class StageOneWalk:
    """The first gcd above 1 on the way to a^E."""

    base: int
    factors: list[int]

    def chain(self, modulus: Modulus) -> Chain:
        return Walk(modulus, self.base, self.factors)

    def answer(self, chain: Any) -> Answer:
        return {"divisor": chain.divisor.digits(16), "kernel": chain.kernel}


@dataclass(frozen=True)
class Continuation:
    """Stage 2 from x = a^E; `each` asks for a gcd at every single prime."""

    x: str
    bounds: Bounds
    each: bool

    def chain(self, modulus: Modulus) -> Chain:
        x = gmpy2.mpz(self.x, 16)
        return StageTwo(modulus, x, self.bounds.b1, self.bounds.b2, self.each)

    def answer(self, chain: Any) -> Answer:
        return {"divisor": chain.divisor().digits(16), "kernel": chain.kernel}


def search(number: Number, bounds: Bounds) -> Argument:
    """The argument; concludes with {"factor": decimal text or None, "kernel"}. The
    factor is prime where it is easily split, and always 1 < factor < N."""
    value = number.value()
    if value < 4:
        return {"factor": None, "kernel": "none"}
    factors = [*_prime_parts(known_divisor(number)), *smooth_primes(bounds.b1)]
    kernel, divisor = "none", value
    for base, _ in zip(fermat_bases(number), range(BASES), strict=False):
        first = yield StageOne(base, factors, keep=bounds.b2 > bounds.b1)
        kernel, divisor = first["kernel"], gmpy2.mpz(first["divisor"], 16)
        if divisor == value:
            walked = yield StageOneWalk(base, factors)
            divisor = gmpy2.mpz(walked["divisor"], 16)
        elif divisor == 1 and first["x"] is not None:
            second = yield Continuation(first["x"], bounds, each=False)
            divisor = gmpy2.mpz(second["divisor"], 16)
            if divisor == value:
                walked = yield Continuation(first["x"], bounds, each=True)
                divisor = gmpy2.mpz(walked["divisor"], 16)
        if divisor != value:
            break
    if divisor in (1, value):
        return {"factor": None, "kernel": kernel}
    factor = prime_part(int(divisor), bounds.b1)
    if not 1 < factor < value or value % factor:
        raise DarkreachError(
            f"p-1 made an error: {factor} is no factor of {number.expression}"
        )
    return {"factor": str(factor), "kernel": kernel}


def prime_part(divisor: int, b1: int) -> int:
    """A prime factor of a divisor found, if it is easily found, else the divisor."""
    if divisor.bit_length() > SPLIT_BITS or gmpy2.is_prime(divisor):
        return divisor
    found, _ = prime_factors(divisor)
    if found:
        return min(found)
    walk = Walk(Division(divisor), 3, smooth_primes(min(b1, SPLIT_B1)))
    walk.run(walk.length)
    part = int(walk.divisor)
    return min(part, divisor // part) if 1 < part < divisor else divisor


def _prime_parts(value: int) -> list[int]:
    """The prime factors of a number, each as often as it divides; a part that resists
    factoring stays whole."""
    found, left = prime_factors(value)
    parts = [q for q, count in found.items() for _ in range(count)]
    return parts + [left] * (left > 1)
