"""The form 2^p-1: Mersenne numbers.

Their prime factors are 2jp+1 and +-1 modulo 8. The Lucas-Lehmer test proves them
(certificate `ll`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from darkreach.forms.affine import Affine
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula

if TYPE_CHECKING:
    from darkreach.order import Order
    from darkreach.sieve.of_family import OfFamily
    from darkreach.sieve.terms import Rows


@dataclass(frozen=True)
class Mersenne:
    """2^p - 1 for a variable p, which runs through primes."""

    name: ClassVar[str] = "Mersenne"
    word: ClassVar[str] = "mersenne"
    rank: ClassVar[int] = 10

    @classmethod
    def read(cls, member: Family | Formula) -> Mersenne | None:
        wanted = Family(Affine.constant(1), Affine.constant(2), Affine(1, "p", 0), -1)
        return cls() if member == wanted else None

    def sieve(self, order: Order, alive: Rows, members: list[Any]) -> OfFamily | None:
        """As `Sieved` says."""
        from darkreach.sieve.of_family import of_exponents

        if len(members) != 1:
            return None
        return of_exponents(order, alive, 2, Affine(1, "p", 0))
