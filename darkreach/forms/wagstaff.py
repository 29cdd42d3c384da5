"""The form (2^p+1)/3: Wagstaff numbers.

Their prime factors are 2jp+1 and 1 or 3 modulo 8. Nothing proves them in general but
elliptic curves; for some p the factors of 2^(p-1)-1 are enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from darkreach.expression import Integer, Power, Variable
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula
from darkreach.forms.pattern import quotient, signed_one


@dataclass(frozen=True)
class Wagstaff:
    """(2^p + 1)/3 for a variable p, which runs through primes."""

    name: ClassVar[str] = "Wagstaff"

    @classmethod
    def read(cls, member: Family | Formula) -> Wagstaff | None:
        parts = None if isinstance(member, Family) else quotient(member.node)
        if parts is None or parts[1] != Integer(3):
            return None
        found = signed_one(parts[0])
        return cls() if found == (Power(Integer(2), Variable("p")), 1) else None
