"""The form p#+-1, p# = the product of the primes up to p.

N-1 or N+1 is the primorial, so Pocklington's or Morrison's theorem proves every prime
of the form. C. Caldwell and Y. Gallot, Mathematics of Computation 71 (2002).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import gmpy2
import numpy as np

from darkreach.expression import nodes
from darkreach.forms.affine import Affine
from darkreach.forms.examined import Examined
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula
from darkreach.forms.pattern import affine, signed_one

if TYPE_CHECKING:
    from darkreach.order import Order
    from darkreach.sieve.of_family import OfFamily
    from darkreach.sieve.terms import Rows


@dataclass(frozen=True)
class Primorial:
    """argument# + c, c = +1 or -1."""

    name: ClassVar[str] = "primorial"
    word: ClassVar[str] = "primorial"
    rank: ClassVar[int] = 50
    tags: ClassVar[tuple[str, ...]] = ("primorial",)

    argument: Affine
    c: int

    @classmethod
    def read(cls, member: Family | Formula) -> Primorial | None:
        if isinstance(member, Family):
            return None
        match signed_one(member.node):
            case (nodes.Primorial(operand), c):
                argument = affine(operand)
                return cls(argument, c) if argument else None
        return None

    @classmethod
    def tags_of(cls, prime: Examined) -> Iterator[str]:
        if cls.read(prime.formula) or any(map(_is_primorial, prime.neighbours)):
            yield "primorial"

    def sieve(self, order: Order, alive: Rows, members: list[Any]) -> OfFamily | None:
        """As `Sieved` says."""
        from darkreach.sieve.of_family import OfFamily, is_sparse, signed_cells, values
        from darkreach.sieve.primorial import Primorials

        if self.argument != Affine(1, "p", 0):
            return None
        if len({each.argument for each in members}) != 1:
            return None
        p = values(order, self.argument, alive)
        signs = [each.c for each in members]
        family = Primorials(int(p.min()), int(p.max()), signs)
        if is_sparse(family.p.size, p.size):
            return None
        place = np.searchsorted(family.p, p)
        return OfFamily(family, alive, signed_cells(place, len(signs)))


def _is_primorial(value: Any) -> bool:
    prime = gmpy2.mpz(2)
    while value > 1 and value % prime == 0:
        value //= prime
        prime = gmpy2.next_prime(prime)
    return bool(value == 1)
