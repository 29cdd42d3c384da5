"""All forms, and which of them the numbers of an order belong to.

A form is a file in this folder with a class that has a word. A file that is there is
found; nothing lists them. The class reads its form in the expression of one member of
an order (`Shape`), or knows it by several members together (`Joint`), or is ordered by
its word (`Ordered`). It may have a sieve (`Sieved`, in darkreach/sieve/of_family.py)
and tags (`Tagging`, in `tags`). docs/adding-a-form.md tells how one is added.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

import darkreach.forms
from darkreach.errors import DarkreachError
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula

if TYPE_CHECKING:
    from darkreach.order import Order

#: The ledger keeps words and tags in columns of this length.
LONGEST_WORD = 24
_WORD = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Form(Protocol):
    """What every form knows of itself."""

    #: The name, for people.
    name: ClassVar[str]
    #: The name in addresses and in the ledger.
    word: ClassVar[str]
    #: Forms are asked and listed by rank: the special before the general.
    rank: ClassVar[int]
    #: Every tag that it may put on a prime (`Tagging`); empty if none.
    tags: ClassVar[tuple[str, ...]]


@runtime_checkable
class Shape(Protocol):
    """The parameters of one member of an order."""

    @classmethod
    def read(cls, member: Family | Formula) -> Shape | None:
        """The form of a member, or None if it is another."""


@runtime_checkable
class Joint(Protocol):
    """A form of several numbers that are to be prime together."""

    @classmethod
    def joins(cls, members: Sequence[Family | Formula]) -> bool:
        """Whether these members, two or more, are of the form."""


@runtime_checkable
class Ordered(Protocol):
    """A form that no expression describes: its word is ordered instead of one."""

    @classmethod
    def order(cls, ranges: Mapping[str, str]) -> Order:
        """The order of these ranges; OrderError as for `Order.parse`."""

    @classmethod
    def range_names(cls) -> tuple[str, ...]:
        """What ranges it may have; unlike variables they are words."""


@cache
def forms() -> tuple[type[Form], ...]:
    """The classes of all forms, by rank. DarkreachError for a file that claims what it
    may not have."""
    folder = pkgutil.iter_modules(darkreach.forms.__path__, "darkreach.forms.")
    modules = (import_module(each.name) for each in folder)
    return ranked([form for module in modules for form in _forms_of(module)])


def _forms_of(module: ModuleType) -> list[type[Form]]:
    own = (v for v in vars(module).values() if isinstance(v, type))
    return [v for v in own if v.__module__ == module.__name__ and "word" in vars(v)]


def ranked(found: Sequence[type[Form]]) -> tuple[type[Form], ...]:
    """Forms in the order of their ranks. DarkreachError unless words and tags fit the
    ledger and no word and no rank is there twice."""
    taken: dict[str | int, type[Form]] = {}
    for form in found:
        missing = [name for name in Form.__annotations__ if not hasattr(form, name)]
        if missing:
            raise DarkreachError(f"{_file(form)}: want its {', '.join(missing)}")
        for word in (form.word, *form.tags):
            if len(word) > LONGEST_WORD or not _WORD.fullmatch(word):
                raise DarkreachError(
                    f"{_file(form)}: {word!r} is no word of a form: want at most "
                    f"{LONGEST_WORD} small letters, digits and single hyphens"
                )
        for claim in (form.word, form.rank):
            other = taken.setdefault(claim, form)
            if other is not form:
                raise DarkreachError(
                    f"{_file(form)}: {claim!r} is taken by {_file(other)}; want a word "
                    "and a rank that no other form has"
                )
    return tuple(sorted(found, key=lambda form: form.rank))


def _file(form: type[Form]) -> str:
    return f"{form.__module__.replace('.', '/')}.py"


def shape(member: Family | Formula) -> Shape:
    """The form of one member of an order, with its parameters."""
    return next(found for _, found in _read(member))


def _read(member: Family | Formula) -> Iterator[tuple[type[Form], Shape]]:
    for form in forms():
        found = form.read(member) if issubclass(form, Shape) else None
        if found is not None:
            yield form, found


def form_of(members: Sequence[Family | Formula]) -> type[Form]:
    """The form of the members of an order: one that joins them, or that of each, or the
    last, which takes everything."""
    if len(members) > 1:
        joining = (f for f in forms() if issubclass(f, Joint) and f.joins(members))
        joint = next(joining, None)
        if joint is not None:
            return joint
    of_each = {next(form for form, _ in _read(member)) for member in members}
    return of_each.pop() if len(of_each) == 1 else forms()[-1]


def range_names() -> list[str]:
    """The words that stand for ranges of some form."""
    ordered = (form for form in forms() if issubclass(form, Ordered))
    return sorted({name for form in ordered for name in form.range_names()})


def ordered_by(word: str) -> type[Ordered] | None:
    """The form that is ordered by this word; None if it is none."""
    found = (f for f in forms() if issubclass(f, Ordered) and f.word == word)
    return next(found, None)
