"""Cunningham chains of k*b^n+-1: each member is twice the one before, and one more (the
first kind; two members are a Sophie Germain prime and a safe one) or one less (the
second kind).

The sieve removes k when any member has a factor; the smallest is tested first. Each is
proven as a number of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from darkreach.forms.examined import Examined
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula


class Chain:
    """k*b^n + c, 2*k*b^n + c, 4*k*b^n + c, ..."""

    name: ClassVar[str] = "Cunningham chain"
    word: ClassVar[str] = "chain"
    rank: ClassVar[int] = 120
    tags: ClassVar[tuple[str, ...]] = ("cunningham-2", "safe", "sophie-germain")

    @classmethod
    def joins(cls, members: Sequence[Family | Formula]) -> bool:
        families = [each for each in members if isinstance(each, Family)]
        if len(families) < len(members) or len({each.c for each in families}) > 1:
            return False
        ratios = [each.ratio_to(families[0]) for each in families]
        known = sorted(ratio for ratio in ratios if ratio is not None)
        doubled = [known[0] * 2**place for place in range(len(members))]
        return known == doubled

    @classmethod
    def tags_of(cls, prime: Examined) -> Iterator[str]:
        value, odd = prime.value, prime.value % 2 == 1
        if prime.is_prime(2 * value + 1):
            yield "sophie-germain"
        if odd and prime.is_prime((value - 1) // 2):
            yield "safe"
        if prime.is_prime(2 * value - 1) or (odd and prime.is_prime((value + 1) // 2)):
            yield "cunningham-2"
