"""The form k*b^n+1 and k*b^n-1, for any k >= 1, b >= 2 and n >= 0.

`Kbn` is one number of it. It is normalised when b is no perfect power and does not
divide k. Normalised numbers of one base are equal only if k and n are; 9*2^3 = 8*3^2
shows that numbers of different bases have to be compared by their keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import log2

import gmpy2

from darkreach.errors import ExpressionError
from darkreach.expression import Dialect
from darkreach.identity import number_key

#: Numbers above this many bits are refused: no part of darkreach could work on them.
LARGEST_BITS = 2**32

#: Bits of precision for logarithms, and how near to a whole number they are trusted.
_PRECISION = 256
_NEAR = gmpy2.mpfr(2) ** -150


@dataclass(frozen=True, slots=True)
class Kbn:
    """The number k*b^n+c with c = +1 or -1. ExpressionError for other parameters."""

    k: int
    b: int
    n: int
    c: int

    def __post_init__(self) -> None:
        if self.k < 1 or self.b < 2 or self.n < 0 or self.c not in (1, -1):
            raise ExpressionError(
                "k*b^n+c needs k >= 1, b >= 2, n >= 0 and c = 1 or -1"
            )

    def normalised(self) -> Kbn:
        """The same number with a base that is no perfect power and does not divide k:
        12*4^n = 3*2^(2*n+2)."""
        base, power = root(self.b)
        k, taken = gmpy2.remove(self.k, base)
        if power == 1 and not taken:
            return self
        return Kbn(int(k), base, self.n * power + int(taken), self.c)

    @property
    def expression(self) -> str:
        """The canonical text, which is that of the normalised number: 3*2^5+1."""
        number = self.normalised()
        k = "" if number.k == 1 else f"{_decimal(number.k)}*"
        return f"{k}{_decimal(number.b)}^{number.n}{number.c:+d}"

    def shown(self, dialect: Dialect) -> str:
        """The text for another program; all dialects write this form alike."""
        del dialect
        return self.expression

    @property
    def key(self) -> str:
        return number_key(self)

    def mod(self, m: int) -> int:
        """The number modulo m, by one modular power."""
        return int((self.k * gmpy2.powmod(self.b, self.n, m) + self.c) % m)

    def value(self) -> gmpy2.mpz:
        """The number itself. ExpressionError when it is larger than LARGEST_BITS."""
        if self.log2_term > LARGEST_BITS:
            raise ExpressionError(f"{self.expression} is too large to compute")
        return self.k * gmpy2.mpz(self.b) ** self.n + self.c

    @property
    def log2_term(self) -> float:
        """log2(k*b^n), rounded."""
        return log2(self.k) + self.n * log2(self.b)

    @property
    def bits(self) -> int:
        """The length in bits, exactly."""
        return self._length(2)

    @property
    def digits(self) -> int:
        """The length in decimal digits, exactly."""
        return self._length(10)

    def _length(self, radix: int) -> int:
        """The digits in the radix, by logarithm where that decides."""
        number = self.normalised()
        if number.k == 1 and number.b == radix and number.n:
            return number.n + (number.c > 0)
        with gmpy2.context(gmpy2.get_context(), precision=_PRECISION):
            length = gmpy2.log(number.k) + number.n * gmpy2.log(number.b)
            length /= gmpy2.log(radix)
            nearest = gmpy2.rint(length)
            if abs(length - nearest) > max(_NEAR, 4 / gmpy2.mpfr(radix) ** length):
                return int(gmpy2.floor(length)) + 1
        # So near to a power of the radix that c, or rounding, could matter.
        return exact_length(number.value(), radix)


@lru_cache(maxsize=4096)
def root(b: int) -> tuple[int, int]:
    """(r, e) with r^e = b and r no perfect power. b is at least 2."""
    if not gmpy2.is_power(b):
        return b, 1
    power = 1
    prime = gmpy2.mpz(2)
    while 2**prime <= b:
        r, whole = gmpy2.iroot(b, int(prime))
        if whole:
            b, power = int(r), power * int(prime)
        else:
            prime = gmpy2.next_prime(prime)
    return b, power


def exact_length(value: gmpy2.mpz, radix: int) -> int:
    """The digits of a number that is there: gmpy2's count may be one too high."""
    if not value:
        return 1
    length = value.num_digits(radix)
    one_too_many = abs(value) < gmpy2.mpz(radix) ** (length - 1)
    return int(length - one_too_many)


def _decimal(value: int) -> str:
    """str() refuses more than 4,300 digits; k and b may have more."""
    return str(gmpy2.mpz(value))
