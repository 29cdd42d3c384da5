"""The forms n*b^n+1 (Cullen) and n*b^n-1 (Woodall), any base.

They are k*b^n+-1 with k = n, and are tested and proven as such; only the sieve is their
own, because k and n go together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from darkreach.forms.affine import Affine
from darkreach.forms.examined import Examined
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula

if TYPE_CHECKING:
    from darkreach.order import Order
    from darkreach.sieve.of_family import OfFamily
    from darkreach.sieve.terms import Rows


@dataclass(frozen=True)
class CullenWoodall:
    """exponent * base^exponent + c, c = +1 or -1; the exponent has a variable."""

    name: ClassVar[str] = "Cullen or Woodall"
    word: ClassVar[str] = "cullen-woodall"
    rank: ClassVar[int] = 30
    tags: ClassVar[tuple[str, ...]] = (
        *("cullen", "generalized-cullen", "generalized-woodall", "woodall"),
    )

    base: Affine
    exponent: Affine
    c: int

    @classmethod
    def read(cls, member: Family | Formula) -> CullenWoodall | None:
        if not isinstance(member, Family) or member.exponent.variable is None:
            return None
        if member.coefficient != member.exponent:
            return None
        return cls(member.base, member.exponent, member.c)

    @classmethod
    def tags_of(cls, prime: Examined) -> Iterator[str]:
        # m*B^m = k*b^n for m = k*b^j and B = b^e, where n - j = e*m.
        if prime.kbn is None:
            return
        m, b, n = prime.kbn.k, prime.kbn.b, prime.kbn.n
        word = "cullen" if prime.kbn.c > 0 else "woodall"
        while m <= n:
            e, rest = divmod(n, m)
            if m > 1 and rest == 0 and e * b.bit_length() < 64 and m + 2 > b**e:
                yield word if b**e == 2 else f"generalized-{word}"
            m, n = m * b, n - 1

    def sieve(self, order: Order, alive: Rows, members: list[Any]) -> OfFamily | None:
        """As `Sieved` says."""
        from darkreach.sieve.cullen import CullenWoodall as Family
        from darkreach.sieve.of_family import OfFamily, dense_values, signed_cells

        alike = len({(each.base, each.exponent) for each in members}) == 1
        if self.base.variable or not alike:
            return None
        found = dense_values(order, self.exponent, alive)
        if found is None:
            return None
        n, low, high = found
        signs = [each.c for each in members]
        family = Family(self.base.offset, low, high, signs)
        return OfFamily(family, alive, signed_cells(n - low, len(signs)))
