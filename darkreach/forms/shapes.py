"""The named forms, and which of them the numbers of an order belong to.

Each form has a file in this folder with a class: its parameters, affine in a variable
or constant, what it is called, and `read`, which finds it in an expression. A file that
is there is found; nothing lists them. What is of no named form is hunted all the same
(`family`, `formula`). docs/adding-a-form.md tells how one is added.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import ClassVar, Protocol

import darkreach.forms
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula


class Shape(Protocol):
    """What a named form knows of itself. It may have a sieve too (`Sieved`, in
    darkreach/sieve/of_family.py)."""

    #: The name, for people.
    name: ClassVar[str]
    #: The name in addresses and in the ledger.
    word: ClassVar[str]
    #: Forms are asked and listed by rank: the special before the general.
    rank: ClassVar[int]

    @classmethod
    def read(cls, member: Family | Formula) -> Shape | None:
        """The form of a member of an order, or None if it is another."""


@cache
def named() -> tuple[type[Shape], ...]:
    """The classes of the named forms, by rank."""
    folder = pkgutil.iter_modules(darkreach.forms.__path__, "darkreach.forms.")
    modules = (import_module(each.name) for each in folder)
    found = [form for module in modules for form in _forms_of(module)]
    return tuple(sorted(found, key=lambda form: form.rank))


def _forms_of(module: ModuleType) -> list[type[Shape]]:
    own = (v for v in vars(module).values() if isinstance(v, type))
    return [v for v in own if v.__module__ == module.__name__ and "word" in vars(v)]


def shape(member: Family | Formula) -> Shape | None:
    """The named form of a member of an order; None if it is k*b^n+-1 at large, or a
    formula of no name."""
    found = (form.read(member) for form in named())
    return next((each for each in found if each is not None), None)
