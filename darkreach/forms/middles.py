"""Numbers c*w*b^x + t over w, with t a short sum of powers of b: 10^100+w*10^49+1.

With palindromic w they are palindromes by their middle; no name is taken for them, as
w may be anything. Written for the sieve over w.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from darkreach.expression import substitute
from darkreach.forms.affine import Affine
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula
from darkreach.forms.sparse import Sparse, read_sparse

if TYPE_CHECKING:
    from darkreach.order import Order
    from darkreach.sieve.of_family import OfFamily
    from darkreach.sieve.terms import Rows

#: The largest w that fits the words of the sieve.
_MOST_W = 1 << 61
#: Coefficients are read off at these values of the variable.
_AT = (10**6, 10**6 + 1, 10**6 + 3)


@dataclass(frozen=True)
class Middle:
    """factor*w*base^x + sum(c * base^e) over terms (e, c), w the variable."""

    variable: str
    base: int
    x: int
    factor: int
    terms: tuple[tuple[int, int], ...]

    @classmethod
    def read(cls, member: Family | Formula) -> Middle | None:
        """None unless just one coefficient moves, and moves as the variable does."""
        if isinstance(member, Family) or len(member.variables) != 1:
            return None
        (variable,) = member.variables
        read = [read_sparse(substitute(member.node, {variable: w})) for w in _AT]
        numbers = [each for each in read if each is not None]
        if len(numbers) < len(_AT) or any(each.divisor != 1 for each in numbers):
            return None
        if len({each.base for each in numbers}) != 1 or numbers[0].base < 2:
            return None
        found = _moving(numbers)
        if found is None:
            return None
        x, factor = found
        rest = dict(numbers[0].terms)
        rest[x] = rest.get(x, 0) - factor * _AT[0]
        terms = tuple(sorted((e, c) for e, c in rest.items() if c))
        return cls(variable, numbers[0].base, x, factor, terms)

    def sieve(self, order: Order, alive: Rows) -> OfFamily | None:
        """The sieve of these positions of an order of such numbers; None where another
        one is better."""
        from darkreach.sieve.middle_numbers import MiddleNumbers
        from darkreach.sieve.of_family import OfFamily, is_sparse, values

        if self.factor != 1:
            return None
        w = values(order, Affine(1, self.variable, 0), alive)
        low, high = int(w.min()), int(w.max())
        if low < 0 or high >= _MOST_W or is_sparse(high - low + 1, w.size):
            return None
        terms = tuple((c, e) for e, c in self.terms)
        try:
            family = MiddleNumbers(self.base, self.x, terms, low, high - low + 1)
        except ValueError:  # t is negative and not small
            return None
        return OfFamily(family, alive, [w - low])


def _moving(numbers: list[Sparse]) -> tuple[int, int] | None:
    """(exponent, slope) of the only coefficient that is not the same in all."""
    exponents = {e for each in numbers for e in each.terms}
    moving = {
        e: [each.terms.get(e, 0) for each in numbers]
        for e in exponents
        if len({each.terms.get(e, 0) for each in numbers}) > 1
    }
    if len(moving) != 1:
        return None
    ((x, (a, b, c)),) = moving.items()
    slope = b - a
    if slope < 1 or c - a != slope * (_AT[2] - _AT[0]):
        return None
    return x, slope
