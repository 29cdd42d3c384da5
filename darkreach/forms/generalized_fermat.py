"""The form b^(2^m)+1: generalized Fermat numbers.

Their prime factors are 1 modulo 2^(m+1), for even b. The primes of N-1 are those of b,
so Pocklington's theorem proves them; for b = 2 (the Fermat numbers) Proth's theorem to
the base 3 is Pépin's test. H. Dubner and Y. Gallot, Mathematics of Computation 71
(2002).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import gmpy2

from darkreach.forms.affine import Affine
from darkreach.forms.examined import Examined, is_power_of_two
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula

if TYPE_CHECKING:
    from darkreach.order import Order
    from darkreach.sieve.of_family import OfFamily
    from darkreach.sieve.terms import Rows

_ONE = Affine.constant(1)


@dataclass(frozen=True)
class GeneralizedFermat:
    """base^(2^m) + 1, m >= 1; the base has a variable."""

    name: ClassVar[str] = "generalized Fermat"
    word: ClassVar[str] = "generalized-fermat"
    rank: ClassVar[int] = 20
    tags: ClassVar[tuple[str, ...]] = ("fermat", "generalized-fermat")

    base: Affine
    m: int

    @classmethod
    def read(cls, member: Family | Formula) -> GeneralizedFermat | None:
        if not isinstance(member, Family) or member.base.variable is None:
            return None
        power = member.exponent.offset
        fits = member.exponent.variable is None and power >= 2
        if not fits or power & power - 1 or member.coefficient != _ONE or member.c != 1:
            return None
        return cls(member.base, power.bit_length() - 1)

    @classmethod
    def tags_of(cls, prime: Examined) -> Iterator[str]:
        if prime.value <= 2:
            return
        if gmpy2.is_square(prime.value - 1):
            yield "generalized-fermat"  # a^2+1; a is even, since N is odd
        if is_power_of_two(prime.value - 1):
            exponent = int(prime.value.bit_length()) - 1
            if exponent & exponent - 1 == 0:
                yield "fermat"

    def sieve(self, order: Order, alive: Rows, members: list[Any]) -> OfFamily | None:
        """As `Sieved` says."""
        from darkreach.sieve.generalized_fermat import GeneralizedFermats
        from darkreach.sieve.of_family import OfFamily, is_sparse, values

        if len(members) != 1:
            return None
        b = values(order, self.base, alive)
        low, high = int(b.min()), int(b.max())
        # This sieve knows nothing of odd b, whose numbers are even.
        if (b % 2).any() or is_sparse((high - low) // 2 + 1, b.size):
            return None
        family = GeneralizedFermats(self.m, low, high)
        return OfFamily(family, alive, [(b - family.first) // 2])
