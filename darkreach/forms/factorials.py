"""The forms n!+-1 and n!k+-1 (multifactorials: n!2 = n*(n-2)*(n-4)*…).

N-1 or N+1 is the factorial, all of whose primes are known: Pocklington's or Morrison's
theorem proves every prime of the form. For n+1 prime, n+1 divides n!+1, and for n+2
prime it divides n!-1 (Wilson). C. Caldwell and Y. Gallot, On the primality of n!+-1 and
2*3*5*…*p+-1, Mathematics of Computation 71 (2002).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

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
class Factorial:
    """argument!step + c, c = +1 or -1."""

    name: ClassVar[str] = "factorial"
    word: ClassVar[str] = "factorial"
    rank: ClassVar[int] = 40
    tags: ClassVar[tuple[str, ...]] = ("factorial", "multifactorial")

    argument: Affine
    step: int
    c: int

    @classmethod
    def read(cls, member: Family | Formula) -> Factorial | None:
        if isinstance(member, Family):
            return None
        match signed_one(member.node):
            case (nodes.Factorial(operand, step), c):
                argument = affine(operand)
                return cls(argument, step, c) if argument else None
        return None

    @classmethod
    def tags_of(cls, prime: Examined) -> Iterator[str]:
        found = cls.read(prime.formula)
        if found:
            yield "factorial" if found.step == 1 else "multifactorial"
        if any(map(_is_factorial, prime.neighbours)):
            yield "factorial"

    def sieve(self, order: Order, alive: Rows, members: list[Any]) -> OfFamily | None:
        """As `Sieved` says."""
        from darkreach.sieve.factorial import Factorials
        from darkreach.sieve.of_family import OfFamily, dense_values, signed_cells

        if len({(each.argument, each.step) for each in members}) != 1:
            return None
        found = dense_values(order, self.argument, alive)
        if found is None:
            return None
        n, low, high = found
        family = Factorials(low, high, self.step, [each.c for each in members])
        return OfFamily(family, alive, signed_cells(n - low, len(members)))


def _is_factorial(value: Any) -> bool:
    n = 1
    while value > 1 and value % (n + 1) == 0:
        n += 1
        value //= n
    return bool(value == 1)
