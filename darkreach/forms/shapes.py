"""The named forms, and which of them the numbers of an order belong to.

Each form has a file with a dataclass: its parameters, affine in a variable or constant,
and `read`, which finds them in an expression or gives None. Here they are in the order
in which they are asked. A form that is not here is hunted all the same (`formula`).
"""

from __future__ import annotations

from typing import ClassVar, Protocol

from darkreach.forms.carol_kynea import CarolKynea
from darkreach.forms.cullen_woodall import CullenWoodall
from darkreach.forms.factorials import Factorial
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula
from darkreach.forms.generalized_fermat import GeneralizedFermat
from darkreach.forms.mersenne import Mersenne
from darkreach.forms.near_repdigits import NearRepdigit
from darkreach.forms.primorials import Primorial
from darkreach.forms.repunits import Repunit
from darkreach.forms.wagstaff import Wagstaff


class Shape(Protocol):
    """What a named form knows of itself."""

    #: The name, for people and programs.
    name: ClassVar[str]


READERS = (
    Mersenne.read,
    GeneralizedFermat.read,
    CullenWoodall.read,
    Factorial.read,
    Primorial.read,
    CarolKynea.read,
    Wagstaff.read,
    Repunit.read,
    NearRepdigit.read,
)


def shape(member: Family | Formula) -> Shape | None:
    """The named form of a member of an order; None if it is k*b^n+-1 at large, or a
    formula of no name."""
    found = (read(member) for read in READERS)
    return next((each for each in found if each is not None), None)
