"""The forms n*b^n+1 (Cullen) and n*b^n-1 (Woodall), any base.

They are k*b^n+-1 with k = n, and are tested and proven as such; only the sieve is their
own, because k and n go together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from darkreach.forms.affine import Affine
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula


@dataclass(frozen=True)
class CullenWoodall:
    """exponent * base^exponent + c, c = +1 or -1; the exponent has a variable."""

    name: ClassVar[str] = "Cullen or Woodall"

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
