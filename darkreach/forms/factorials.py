"""The forms n!+-1 and n!k+-1 (multifactorials: n!2 = n*(n-2)*(n-4)*…).

N-1 or N+1 is the factorial, all of whose primes are known: Pocklington's or Morrison's
theorem proves every prime of the form. For n+1 prime, n+1 divides n!+1, and for n+2
prime it divides n!-1 (Wilson). C. Caldwell and Y. Gallot, On the primality of n!+-1 and
2*3*5*…*p+-1, Mathematics of Computation 71 (2002).
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
class Factorial:
    """argument!step + c, c = +1 or -1."""

    name: ClassVar[str] = "factorial"

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
