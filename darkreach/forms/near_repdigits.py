"""The form (a2*b^(2n) + a1*b^n + a0)/d: near-repdigits and palindromes of few digits.

10^(2n+1)-10^n-1 has all digits 9 but an 8 in the middle, (10^(k+3)+666)*10^(k+1)+1 is
Belphegor's palindrome 10…066600…01. Shared powers of b, and the cyclotomic factors of
what is left of N-1 or N+1, often prove such a number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from darkreach.expression import substitute
from darkreach.forms.affine import Affine
from darkreach.forms.examined import Examined
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula
from darkreach.forms.sparse import Sparse, read_sparse

if TYPE_CHECKING:
    from darkreach.order import Order
    from darkreach.sieve.of_family import OfFamily
    from darkreach.sieve.terms import Rows

#: The exponents of the powers are read off at these two values of the variable: large
#: ones, so that they do not fall together with constants.
_AT = 10**6


@dataclass(frozen=True)
class NearRepdigit:
    """(a2*X^2 + a1*X + a0)/divisor with X = base^variable, a2 not 0."""

    name: ClassVar[str] = "near-repdigit"
    word: ClassVar[str] = "near-repdigit"
    rank: ClassVar[int] = 90
    tags: ClassVar[tuple[str, ...]] = ("near-repdigit",)

    base: int
    variable: str
    coefficients: tuple[int, int, int]
    divisor: int

    @classmethod
    def read(cls, member: Family | Formula) -> NearRepdigit | None:
        if isinstance(member, Family) or len(member.variables) != 1:
            return None
        (variable,) = member.variables
        first, second = (
            read_sparse(substitute(member.node, {variable: n})) for n in (_AT, _AT + 1)
        )
        if first is None or second is None or not first.base:
            return None
        found = _coefficients(first, second)
        if found is None or not found[0]:
            return None
        return cls(first.base, variable, found, first.divisor)

    @classmethod
    def tags_of(cls, prime: Examined) -> Iterator[str]:
        counts = [prime.digits.count(digit) for digit in "0123456789"]
        if sum(counts) > 2 and max(counts) == sum(counts) - 1:
            yield "near-repdigit"

    def sieve(self, order: Order, alive: Rows, members: list[Any]) -> OfFamily | None:
        """As `Sieved` says."""
        from darkreach.sieve.of_family import OfFamily, dense_values, lines
        from darkreach.sieve.quadratics import Quadratic, Quadratics

        if len({(each.base, each.variable) for each in members}) != 1:
            return None
        found = dense_values(order, Affine(1, self.variable, 0), alive)
        if found is None:
            return None
        n, low, high = found
        if any(e.coefficients[0] < 1 or not e.coefficients[2] for e in members):
            return None
        numbers = []
        for each in members:
            a2, a1, a0 = each.coefficients
            numbers.append(Quadratic(a2, a1, a0, each.divisor))
        family = Quadratics(self.base, low, 1, high - low + 1, numbers)
        return OfFamily(family, alive, lines(n - low, family.width, len(numbers)))


def _coefficients(first: Sparse, second: Sparse) -> tuple[int, int, int] | None:
    """(a2, a1, a0), from the terms at two neighbouring values of the variable."""
    terms = [sorted(each.terms.items()) for each in (first, second)]
    alike = first.base == second.base and first.divisor == second.divisor
    if not alike or len(terms[0]) != len(terms[1]):
        return None
    sums = [0, 0, 0]
    for (e, c), (later, same) in zip(*terms, strict=True):
        slope, offset = later - e, e - (later - e) * _AT
        if c != same or not 0 <= slope <= 2 or not 0 <= offset < _AT:
            return None
        sums[slope] += c * first.base**offset
    return sums[2], sums[1], sums[0]
