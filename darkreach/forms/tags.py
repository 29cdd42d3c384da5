"""Which forms a prime belongs to besides that of its search: palindromic, twin, ...

A prime found as 3*2^2816+1 is a Proth prime as well, 11 is a repunit, a palindrome and
a twin. Each form says in its file which tags it gives, by the value (a square beside N,
its decimal digits, the primality of N+2) or by the expression, whatever form the number
was hunted as. Questions that need a test of another number are asked up to
`examined.TESTED_BITS` only: a longer prime without the tag `twin` may be one all the
same, unless its twin was hunted with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

from darkreach.forms.examined import Examined
from darkreach.forms.kbn import Kbn
from darkreach.forms.plain import Plain
from darkreach.forms.shapes import forms


@runtime_checkable
class Tagging(Protocol):
    """A form whose members are known whatever they were hunted as."""

    @classmethod
    def tags_of(cls, prime: Examined) -> Iterator[str]:
        """Those of its `tags` that this prime gets."""


def every_tag() -> tuple[str, ...]:
    """Every tag there is, sorted."""
    return tuple(sorted({tag for form in forms() for tag in form.tags}))


def tags(number: Kbn | Plain, companions: Iterable[Kbn | Plain] = ()) -> list[str]:
    """The tags of a prime, sorted. Companions are other numbers known to be prime: the
    other members of a twin or chain."""
    prime = Examined(number, companions)
    giving = (form for form in forms() if issubclass(form, Tagging))
    return sorted({tag for form in giving for tag in form.tags_of(prime)})
