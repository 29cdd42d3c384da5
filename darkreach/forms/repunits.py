"""The form (b^p-1)/(b-1): repunits to any base.

For a prime p their prime factors are 1 modulo 2p, or p where it divides b-1. N-1 is
b*(b^(p-1)-1)/(b-1), which cyclotomic polynomials factor; where that is not enough,
elliptic curves prove them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from darkreach.expression import Power
from darkreach.forms.affine import Affine
from darkreach.forms.examined import Examined
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula
from darkreach.forms.pattern import affine, quotient, signed_one

if TYPE_CHECKING:
    from darkreach.order import Order
    from darkreach.sieve.of_family import OfFamily
    from darkreach.sieve.terms import Rows


@dataclass(frozen=True)
class Repunit:
    """(base^exponent - 1)/(base - 1)."""

    name: ClassVar[str] = "repunit"
    word: ClassVar[str] = "repunit"
    rank: ClassVar[int] = 80
    tags: ClassVar[tuple[str, ...]] = ("repunit",)

    base: Affine
    exponent: Affine

    @classmethod
    def read(cls, member: Family | Formula) -> Repunit | None:
        parts = None if isinstance(member, Family) else quotient(member.node)
        if parts is None:
            return None
        match signed_one(parts[0]):
            case (Power(b, p), -1):
                base, exponent = affine(b), affine(p)
                divisor = affine(parts[1])
                if base is None or exponent is None or divisor is None:
                    return None
                if divisor == base.plus(Affine.constant(-1)):
                    return cls(base, exponent)
        return None

    @classmethod
    def tags_of(cls, prime: Examined) -> Iterator[str]:
        ones = len(prime.digits) > 1 and set(prime.digits) == {"1"}
        if ones or cls.read(prime.formula):
            yield "repunit"

    def sieve(self, order: Order, alive: Rows, members: list[Any]) -> OfFamily | None:
        """As `Sieved` says."""
        from darkreach.sieve.of_family import of_exponents

        if len(members) != 1 or self.base.variable is not None:
            return None
        return of_exponents(order, alive, self.base.offset, self.exponent)
