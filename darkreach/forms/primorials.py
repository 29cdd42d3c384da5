"""The form p#+-1, p# = the product of the primes up to p.

N-1 or N+1 is the primorial, so Pocklington's or Morrison's theorem proves every prime
of the form. C. Caldwell and Y. Gallot, Mathematics of Computation 71 (2002).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from darkreach.expression import nodes
from darkreach.forms.affine import Affine
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula
from darkreach.forms.pattern import affine, signed_one


@dataclass(frozen=True)
class Primorial:
    """argument# + c, c = +1 or -1."""

    name: ClassVar[str] = "primorial"

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
