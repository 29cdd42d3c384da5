"""The form k*b^n-1, k*b^n+1: twins, both prime.

One sieve removes k when either number has a factor; the smaller number is tested first,
the other only if that one is prime. Each is proven as a number of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from darkreach.forms.examined import Examined
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula


class Twin:
    """k*b^n - 1 and k*b^n + 1."""

    name: ClassVar[str] = "twin"
    word: ClassVar[str] = "twin"
    rank: ClassVar[int] = 110
    tags: ClassVar[tuple[str, ...]] = ("twin",)

    @classmethod
    def joins(cls, members: Sequence[Family | Formula]) -> bool:
        families = [each for each in members if isinstance(each, Family)]
        if len(families) != 2 or len(members) != 2:
            return False
        low, high = families
        return low.term == high.term and {low.c, high.c} == {-1, 1}

    @classmethod
    def tags_of(cls, prime: Examined) -> Iterator[str]:
        if prime.is_prime(prime.value - 2) or prime.is_prime(prime.value + 2):
            yield "twin"
