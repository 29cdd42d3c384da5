"""The free form: any expression, asked last, and several of different forms.

It is sieved by evaluating it (darkreach/sieve/generic.py), but for w*b^x + t over w and
a*b^m + t over m, which have sieves of their own (`middles`, `moved`). Proven with what
factors of N-1 and N+1 algebra and trial division give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from darkreach.forms.family import Family
from darkreach.forms.formula import Formula
from darkreach.forms.middles import Middle
from darkreach.forms.moved import Moved

if TYPE_CHECKING:
    from darkreach.order import Order
    from darkreach.sieve.of_family import OfFamily
    from darkreach.sieve.terms import Rows


@dataclass(frozen=True)
class Free:
    """Any expression in one or two variables."""

    name: ClassVar[str] = "free"
    word: ClassVar[str] = "free"
    rank: ClassVar[int] = 1000
    tags: ClassVar[tuple[str, ...]] = ()

    member: Family | Formula

    @classmethod
    def read(cls, member: Family | Formula) -> Free:
        return cls(member)

    def sieve(self, order: Order, alive: Rows, members: list[Any]) -> OfFamily | None:
        """As `Sieved` says."""
        if len(members) > 1:
            return None
        form = Middle.read(self.member) or Moved.read(self.member)
        return form.sieve(order, alive) if form else None
