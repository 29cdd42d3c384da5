"""Numbers (a*b^m + t)/d over m, with t a short sum of powers of b: near-repdigits with
one digit changed, d*(10^n-1)/9 + e*10^m over m or over n, and 10^n+7.

Written for the sieve over m.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from darkreach.expression import substitute
from darkreach.forms.affine import Affine
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula
from darkreach.forms.sparse import read_sparse

if TYPE_CHECKING:
    from darkreach.order import Order
    from darkreach.sieve.moved_terms import MovedTerm
    from darkreach.sieve.of_family import OfFamily
    from darkreach.sieve.terms import Rows

#: Exponents are read off at these values of the variable.
_AT = (10**6, 10**6 + 1, 10**6 + 3)
#: Moving powers that are further apart are not taken together.
_WIDEST = 1000

Terms = dict[int, int]


@dataclass(frozen=True)
class Moved:
    """(a*base^(slope*variable + offset) + sum(c*base^e) over terms (c, e))/divisor."""

    variable: str
    base: int
    slope: int
    offset: int
    a: int
    terms: tuple[tuple[int, int], ...]
    divisor: int

    @classmethod
    def read(cls, member: Family | Formula) -> Moved | None:
        """None unless some powers move, all by as much, and others stay."""
        if isinstance(member, Family) or len(member.variables) != 1:
            return None
        (variable,) = member.variables
        read = [read_sparse(substitute(member.node, {variable: m})) for m in _AT]
        numbers = [each for each in read if each is not None]
        alike = len({(each.base, each.divisor) for each in numbers}) == 1
        if len(numbers) < len(_AT) or not alike or numbers[0].base < 2:
            return None
        fixed = dict(set.intersection(*(set(each.terms.items()) for each in numbers)))
        moving = [
            {e: c for e, c in each.terms.items() if e not in fixed} for each in numbers
        ]
        slope = _slope(moving)
        if not slope or not fixed:
            return None
        base, lowest = numbers[0].base, min(moving[0])
        if max(moving[0]) - lowest > _WIDEST:
            return None
        a = sum(c * base ** (e - lowest) for e, c in moving[0].items())
        terms = tuple(sorted((c, e) for e, c in fixed.items()))
        offset = lowest - slope * _AT[0]
        if not a:
            return None
        return cls(variable, base, slope, offset, a, terms, numbers[0].divisor)

    def sieve(self, order: Order, alive: Rows) -> OfFamily | None:
        """The sieve of these positions of an order of such numbers; None where another
        one is better."""
        from darkreach.sieve.moved_terms import MovedTerm, MovedTerms
        from darkreach.sieve.of_family import OfFamily, is_sparse, values

        n = values(order, Affine(1, self.variable, 0), alive)
        low = int(n.min())
        step = int(np.gcd.reduce(n - low)) or 1
        width = (int(n.max()) - low) // step + 1
        start = self.slope * low + self.offset
        number = MovedTerm(self.a, self.terms, self.divisor)
        if start < 0 or is_sparse(width, n.size):
            return None
        if not _is_whole(number, self.base, start, self.slope * step, width):
            return None
        family = MovedTerms(self.base, start, self.slope * step, width, [number])
        return OfFamily(family, alive, [(n - low) // step])


def _slope(moving: list[Terms]) -> int:
    """By how much all exponents move when the variable does; 0 if they do not."""
    first, second, third = (sorted(each.items()) for each in moving)
    if not first or not len(first) == len(second) == len(third):
        return 0
    slope = second[0][0] - first[0][0]
    for (e, c), later, last in zip(first, second, third, strict=True):
        if later != (e + slope, c) or last != (e + slope * (_AT[2] - _AT[0]), c):
            return 0
    return max(slope, 0)


def _is_whole(number: MovedTerm, b: int, start: int, step: int, width: int) -> bool:
    """Whether the division leaves no remainder at any place."""
    d = number.divisor
    power, ratio, rest = pow(b, start, d), pow(b, step, d), number.rest(b, d)
    for _ in range(width if d > 1 else 0):
        if (number.a * power + rest) % d:
            return False
        power = power * ratio % d
    return True
