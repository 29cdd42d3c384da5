"""The prime factors of N-1 and N+1 that a proof can use.

Algebra gives pieces (`forms.neighbours`); short ones are factored, long ones only as
far as trial division, one try of P-1 and one of Pollard's rho go. A prime factor above
2^64 needs a certificate of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from math import prod
from typing import Any

import gmpy2

from darkreach.arithmetic import Number
from darkreach.arithmetic.factors import prime_factors
from darkreach.forms.neighbours import neighbour_pieces
from darkreach.forms.sparse import Piece

#: Most primes with a witness in one certificate.
MOST_PRIMES = 2000
#: Pieces up to so many bits are factored at once.
_SHORT_BITS = 96
#: Trial division of long pieces; the bound of their P-1; so many of them are tried.
_TRIAL = 10**6
_B1 = 50_000
_MOST_LONG = 16
#: Longest prime factor that gets a certificate of its own, in bits.
LONGEST_PRIME_BITS = 2000


@dataclass
class Side:
    """The known primes q of N - sign, sign = 1 or -1, with the power of q that it
    has."""

    number: Number
    sign: int
    powers: dict[int, gmpy2.mpz] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.whole = self.number.value() - self.sign
        self._long: list[Piece] = []
        for piece in neighbour_pieces(self.number.expression, self.sign):
            if piece.value.bit_length() <= _SHORT_BITS:
                for q in prime_factors(int(piece.value))[0]:
                    self._add(q)
            else:
                self._long.append(piece)
        self._add(2)

    def search(self) -> None:
        """Look for factors of the long pieces too; takes seconds."""
        waiting, self._long = self._long[:_MOST_LONG], []
        for piece in waiting:
            for q in factors_of(piece):
                self._add(q)

    @property
    def product(self) -> gmpy2.mpz:
        """The factored part: all known prime powers."""
        return product(list(self.powers.values()))

    def choose(
        self, enough: Callable[[gmpy2.mpz], bool], last: int | None = None
    ) -> list[int] | None:
        """The primes whose full powers make an F that is enough, the largest powers
        first, so that few are used, `last` only when nothing else is left; None when
        all that are known are not enough."""
        chosen: list[int] = []
        factored = gmpy2.mpz(1)
        powers = self.powers
        for q in sorted(powers, key=lambda q: (q != last, powers[q]), reverse=True):
            if len(chosen) == MOST_PRIMES:
                return None
            chosen.append(q)
            factored *= powers[q]
            if enough(factored):
                return chosen
        return None

    def _add(self, q: int) -> None:
        if q in self.powers:
            return
        cofactor, times = gmpy2.remove(self.whole, q)
        if times:
            self.powers[q] = self.whole // cofactor


def factors_of(piece: Piece) -> Iterator[int]:
    """Some primes of a long number; those above 2^64 pass Baillie-PSW."""
    small = gmpy2.gcd(piece.value, _primorial())
    value = piece.value
    if small > 1:
        for q in _trial_primes(small):
            value = gmpy2.remove(value, q)[0]
            yield q
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if part.bit_length() > LONGEST_PRIME_BITS * 2:
            continue
        if part.bit_length() <= _SHORT_BITS:
            yield from prime_factors(int(part))[0]
        elif gmpy2.is_prime(part):
            if part.bit_length() <= LONGEST_PRIME_BITS:
                yield int(part)
        elif divisor := _by_p_minus_1(part, piece.order):
            waiting += [divisor, part // divisor]


def _trial_primes(distinct: Any) -> Iterator[int]:
    """The primes of a product of distinct primes below the trial bound."""
    prime = gmpy2.mpz(2)
    while distinct.bit_length() > _SHORT_BITS:
        if distinct % prime == 0:
            distinct //= prime
            yield int(prime)
        prime = gmpy2.next_prime(prime)
    yield from prime_factors(int(distinct))[0]


def _by_p_minus_1(value: Any, order: int) -> Any | None:
    """Stage 1 of Pollard's P-1 with the known divisor of q-1."""
    bound = min(_B1, max(10**8 // value.bit_length(), 1000))
    x = gmpy2.powmod(3, order, value)
    x = gmpy2.powmod(x, _smooth(bound), value)
    divisor = gmpy2.gcd(x - 1, value)
    return divisor if 1 < divisor < value else None


@lru_cache(maxsize=4)
def _smooth(bound: int) -> Any:
    """lcm(1, …, bound)."""
    repeated = gmpy2.mpz(1)
    root = int(gmpy2.isqrt(bound))
    prime = gmpy2.mpz(2)
    while prime <= root:
        power = prime
        while power * prime <= bound:
            power *= prime
        repeated *= power // prime
        prime = gmpy2.next_prime(prime)
    return repeated * gmpy2.primorial(bound)


@lru_cache(maxsize=1)
def _primorial() -> Any:
    return gmpy2.primorial(_TRIAL)


def product(values: list[Any]) -> Any:
    """The product of integers, by halves to keep the factors balanced."""
    if len(values) <= 8:
        return prod(values, start=gmpy2.mpz(1))
    middle = len(values) // 2
    return product(values[:middle]) * product(values[middle:])
