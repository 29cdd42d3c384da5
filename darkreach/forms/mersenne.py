"""The form 2^p-1: Mersenne numbers.

Their prime factors are 2jp+1 and +-1 modulo 8. The Lucas-Lehmer test proves them
(certificate `ll`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from darkreach.forms.affine import Affine
from darkreach.forms.examined import Examined, is_power_of_two
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula

if TYPE_CHECKING:
    from darkreach.order import Order
    from darkreach.sieve.of_family import OfFamily
    from darkreach.sieve.terms import Rows


@dataclass(frozen=True)
class Mersenne:
    """2^exponent - 1. Only where the exponent is prime can the number be."""

    name: ClassVar[str] = "Mersenne"
    word: ClassVar[str] = "mersenne"
    rank: ClassVar[int] = 10
    tags: ClassVar[tuple[str, ...]] = ("mersenne",)

    exponent: Affine

    @classmethod
    def read(cls, member: Family | Formula) -> Mersenne | None:
        if not isinstance(member, Family) or member.c != -1:
            return None
        one, two = Affine.constant(1), Affine.constant(2)
        fits = (member.coefficient, member.base) == (one, two)
        return cls(member.exponent) if fits else None

    @classmethod
    def tags_of(cls, prime: Examined) -> Iterator[str]:
        if prime.value > 2 and is_power_of_two(prime.value + 1):
            yield "mersenne"

    def sieve(self, order: Order, alive: Rows, members: list[Any]) -> OfFamily | None:
        """As `Sieved` says."""
        from darkreach.sieve.of_family import of_exponents

        if len(members) != 1:
            return None
        return of_exponents(order, alive, 2, self.exponent)
