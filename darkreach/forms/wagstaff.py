"""The form (2^p+1)/3: Wagstaff numbers.

Their prime factors are 2jp+1 and 1 or 3 modulo 8. Nothing proves them in general but
elliptic curves; for some p the factors of 2^(p-1)-1 are enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from darkreach.expression import Integer, Power, Variable
from darkreach.forms.affine import Affine
from darkreach.forms.examined import Examined, is_power_of_two
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula
from darkreach.forms.pattern import quotient, signed_one

if TYPE_CHECKING:
    from darkreach.order import Order
    from darkreach.sieve.of_family import OfFamily
    from darkreach.sieve.terms import Rows


@dataclass(frozen=True)
class Wagstaff:
    """(2^p + 1)/3 for a variable p, which runs through primes."""

    name: ClassVar[str] = "Wagstaff"
    word: ClassVar[str] = "wagstaff"
    rank: ClassVar[int] = 70
    tags: ClassVar[tuple[str, ...]] = ("wagstaff",)

    @classmethod
    def read(cls, member: Family | Formula) -> Wagstaff | None:
        parts = None if isinstance(member, Family) else quotient(member.node)
        if parts is None or parts[1] != Integer(3):
            return None
        found = signed_one(parts[0])
        return cls() if found == (Power(Integer(2), Variable("p")), 1) else None

    @classmethod
    def tags_of(cls, prime: Examined) -> Iterator[str]:
        if prime.value > 2 and is_power_of_two(3 * prime.value - 1):
            yield "wagstaff"

    def sieve(self, order: Order, alive: Rows, members: list[Any]) -> OfFamily | None:
        """As `Sieved` says."""
        from darkreach.sieve.of_family import of_exponents

        if len(members) != 1:
            return None
        return of_exponents(order, alive, -2, Affine(1, "p", 0))
