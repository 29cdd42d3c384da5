"""The form (a2*b^(2n) + a1*b^n + a0)/d, and repdigits with one digit changed over their
length or its place: near-repdigits and palindromes of few digits.

10^(2n+1)-10^n-1 has all digits 9 but an 8 in the middle, (10^(k+3)+666)*10^(k+1)+1 is
Belphegor's palindrome 10…066600…01, 7*(10^80-1)/9+2*10^m has eighty digits 7 but one 9.
Shared powers of b, and the cyclotomic factors of what is left of N-1 or N+1, often
prove such a number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import gmpy2

from darkreach.expression import substitute
from darkreach.forms.affine import Affine
from darkreach.forms.examined import Examined
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula
from darkreach.forms.moved import Moved
from darkreach.forms.sparse import Sparse, read_sparse

if TYPE_CHECKING:
    from darkreach.order import Order
    from darkreach.sieve.of_family import OfFamily
    from darkreach.sieve.terms import Rows

#: The exponents of the powers are read off at these two values of the variable: large
#: ones, so that they do not fall together with constants.
_AT = 10**6


@dataclass(frozen=True)
class Squares:
    """(a2*X^2 + a1*X + a0)/divisor with X = base^variable, a2 not 0."""

    base: int
    variable: str
    coefficients: tuple[int, int, int]
    divisor: int

    @classmethod
    def read(cls, member: Formula) -> Squares | None:
        """None unless it is such a number in one variable."""
        if len(member.variables) != 1:
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


@dataclass(frozen=True)
class NearRepdigit:
    """Sums of b^(2n), b^n and a constant, or all digits the same but one."""

    name: ClassVar[str] = "near-repdigit"
    word: ClassVar[str] = "near-repdigit"
    rank: ClassVar[int] = 90
    tags: ClassVar[tuple[str, ...]] = ("near-repdigit",)

    numbers: Squares | Moved

    @classmethod
    def read(cls, member: Family | Formula) -> NearRepdigit | None:
        if isinstance(member, Family):
            return None
        squares = Squares.read(member)
        if squares is not None:
            return cls(squares)
        moved = Moved.read(member)
        return cls(moved) if moved and _changes_one_digit(moved) else None

    @classmethod
    def tags_of(cls, prime: Examined) -> Iterator[str]:
        counts = [prime.digits.count(digit) for digit in "0123456789"]
        if sum(counts) > 2 and max(counts) == sum(counts) - 1:
            yield "near-repdigit"

    def sieve(self, order: Order, alive: Rows, members: list[Any]) -> OfFamily | None:
        """As `Sieved` says."""
        if isinstance(self.numbers, Moved):
            return self.numbers.sieve(order, alive) if len(members) == 1 else None
        parts = [each.numbers for each in members]
        squares = [each for each in parts if isinstance(each, Squares)]
        return _sieve(order, alive, squares) if len(squares) == len(parts) else None


def _sieve(order: Order, alive: Rows, squares: list[Squares]) -> OfFamily | None:
    from darkreach.sieve.of_family import OfFamily, dense_values, lines
    from darkreach.sieve.quadratics import Quadratic, Quadratics

    if len({(each.base, each.variable) for each in squares}) != 1:
        return None
    found = dense_values(order, Affine(1, squares[0].variable, 0), alive)
    if found is None:
        return None
    n, low, high = found
    if any(e.coefficients[0] < 1 or not e.coefficients[2] for e in squares):
        return None
    numbers = [Quadratic(*each.coefficients, each.divisor) for each in squares]
    family = Quadratics(squares[0].base, low, 1, high - low + 1, numbers)
    return OfFamily(family, alive, lines(n - low, family.width, len(numbers)))


def _changes_one_digit(moved: Moved) -> bool:
    """Whether it is d*(b^n-1)/(b-1) + e*b^m with digits d and d+e; n or m moves."""
    b = moved.base
    scale, rest = divmod(b - 1, moved.divisor)
    if rest:
        return False
    # d*b^n - d + e*(b-1)*b^m, whatever of it moves.
    a, fixed = moved.a * scale, {e: c * scale for c, e in moved.terms}
    last = fixed.pop(0, 0)
    if len(fixed) == 1 and -last in fixed.values():
        d, change = -last, a
    else:
        left = [last + a, *fixed.values()]
        d, change = a, sum(left) if left.count(0) == len(left) - 1 else 0
    e, rest = divmod(int(gmpy2.remove(change, b)[0]) if change else 0, b - 1)
    return not rest and e != 0 and 1 <= d < b and 0 <= d + e < b


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
