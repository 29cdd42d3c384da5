"""The forms (b^n-1)^2-2 (Carol) and (b^n+1)^2-2 (Kynea), any base.

2 is a square modulo each of their prime factors, which are +-1 modulo 8. N+1 is
b^n*(b^n-+2). For b = 2 that makes N = k*2^(n+1)-1 with k = 2^(n-1)-+1, for which the
LLR test is a proof; for other bases it is Morrison's theorem with the factors of b and
of b^n-+2 that are known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import gmpy2

from darkreach.expression import Integer, Power, Sum
from darkreach.forms.affine import Affine
from darkreach.forms.examined import Examined, is_power_of_two
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula
from darkreach.forms.pattern import affine, signed_one

if TYPE_CHECKING:
    from darkreach.order import Order
    from darkreach.sieve.of_family import OfFamily
    from darkreach.sieve.terms import Rows


@dataclass(frozen=True)
class CarolKynea:
    """(base^exponent + c)^2 - 2, c = -1 (Carol) or +1 (Kynea)."""

    name: ClassVar[str] = "Carol or Kynea"
    word: ClassVar[str] = "carol-kynea"
    rank: ClassVar[int] = 60
    tags: ClassVar[tuple[str, ...]] = ("carol", "kynea")

    base: Affine
    exponent: Affine
    c: int

    @classmethod
    def read(cls, member: Family | Formula) -> CarolKynea | None:
        if isinstance(member, Family):
            return None
        match member.node:
            case Sum(((1, Power(inner, Integer(2))), (-1, Integer(2)))):
                match signed_one(inner):
                    case (Power(b, n), c):
                        base, exponent = affine(b), affine(n)
                        return cls(base, exponent, c) if base and exponent else None
        return None

    @classmethod
    def tags_of(cls, prime: Examined) -> Iterator[str]:
        found = cls.read(prime.formula)
        if found:
            yield "carol" if found.c < 0 else "kynea"
        if gmpy2.is_square(prime.value + 2):
            root = gmpy2.isqrt(prime.value + 2)
            if is_power_of_two(root + 1):
                yield "carol"
            if root > 2 and is_power_of_two(root - 1):
                yield "kynea"

    def sieve(self, order: Order, alive: Rows, members: list[Any]) -> OfFamily | None:
        """As `Sieved` says."""
        from darkreach.sieve.carol_kynea import carol_kynea
        from darkreach.sieve.of_family import OfFamily, dense_values, lines

        alike = len({(each.base, each.exponent) for each in members}) == 1
        if self.base.variable or self.base.offset < 2 or not alike:
            return None
        found = dense_values(order, self.exponent, alive)
        if found is None:
            return None
        n, low, high = found
        signs = tuple(each.c for each in members)
        family = carol_kynea(self.base.offset, low, high, signs)
        return OfFamily(family, alive, lines(n - low, family.width, len(signs)))
