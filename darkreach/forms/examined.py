"""A prime as the forms see it that may put their tags on it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import gmpy2

from darkreach.expression import parse
from darkreach.forms.formula import Formula
from darkreach.forms.kbn import Kbn
from darkreach.forms.plain import Plain

#: Other numbers (N+2, 2N+1, ...) are tested up to this many bits: tens of milliseconds.
TESTED_BITS = 3_000
#: Decimal digits are written out up to this many bits: about a second.
_WRITTEN_BITS = 3_400_000
#: A number is divided by 2, 3, 4, ... up to this many bits.
_DIVIDED_BITS = 20_000
#: What is divisible by such a prime needs no test.
_SMALL_PRIMES = gmpy2.primorial(1000)


class Examined:
    """A prime number, and others that are known to be prime: the other members of a
    twin or chain. What costs time is computed when it is first asked for."""

    def __init__(
        self, number: Kbn | Plain, companions: Iterable[Kbn | Plain] = ()
    ) -> None:
        self.number = number
        self._known = {each.value() for each in companions}

    @cached_property
    def value(self) -> Any:
        return self.number.value()

    @cached_property
    def kbn(self) -> Kbn | None:
        """The number as k*b^n+-1, normalised; None if it is written otherwise."""
        return self.number.normalised() if isinstance(self.number, Kbn) else None

    @cached_property
    def formula(self) -> Formula:
        """Its spelling, which shows something at any length."""
        return Formula(parse(self.number.expression)[0])

    @cached_property
    def digits(self) -> str:
        """Its decimal digits; none of a number too long to be written out."""
        if self.value.bit_length() > _WRITTEN_BITS:
            return ""
        return str(self.value.digits())

    @cached_property
    def neighbours(self) -> list[Any]:
        """N-1 and N+1, if they are short enough to be divided many times."""
        if self.value.bit_length() > _DIVIDED_BITS:
            return []
        return [self.value - 1, self.value + 1]

    def is_prime(self, other: Any) -> bool:
        """Whether another number is prime, by what is known or by a test; False where
        it is too long for one."""
        if other in self._known:
            return True
        if other < 2 or other.bit_length() > TESTED_BITS + 1:
            return False
        if other > 10**6 and gmpy2.gcd(other, _SMALL_PRIMES) > 1:
            return False
        return bool(gmpy2.is_prime(other))


def is_power_of_two(value: Any) -> bool:
    """Whether only one bit is set."""
    return bool(gmpy2.popcount(value) == 1)
