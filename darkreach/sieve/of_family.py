"""The sieves of whole families at work on an order.

A family knows its numbers as cells (`dense`); here the positions of an order and its
members are given their cells, and what a prime removes from a cell it removes from the
position. Used where all members of the order are of one form and one variable varies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gmpy2
import numpy as np

from darkreach.forms.affine import Affine
from darkreach.forms.carol_kynea import CarolKynea
from darkreach.forms.cullen_woodall import CullenWoodall
from darkreach.forms.factorials import Factorial
from darkreach.forms.generalized_fermat import GeneralizedFermat
from darkreach.forms.mersenne import Mersenne
from darkreach.forms.middles import Middle
from darkreach.forms.near_repdigits import NearRepdigit
from darkreach.forms.primorials import Primorial
from darkreach.forms.repunits import Repunit
from darkreach.forms.shapes import shape
from darkreach.forms.wagstaff import Wagstaff
from darkreach.order.places import places, values_of
from darkreach.sieve import cullen, factorial, generalized_fermat, primorial, repunits
from darkreach.sieve.best import Best
from darkreach.sieve.carol_kynea import carol_kynea
from darkreach.sieve.engine import Removed
from darkreach.sieve.middle_numbers import MiddleNumbers
from darkreach.sieve.quadratics import Quadratic, Quadratics
from darkreach.sieve.terms import Rows

if TYPE_CHECKING:
    from darkreach.order import Order
    from darkreach.sieve.dense import Dense
    from darkreach.sieve.repunits import Repunits

#: Nanoseconds of a modular product in these sieves, and of a new prime.
_PRODUCT, _PRIME = 0.3, 30.0
_P = Affine(1, "p", 0)

#: A family may have this many times as many cells as the order has numbers.
_SPARSEST = 256

#: The largest w of numbers w*b^x + t that fits the words of its sieve.
_MOST_W = 1 << 61


class OfFamily:
    """Positions of an order, sieved by the sieve of their form."""

    kernel = "numba sieve of a family"

    def __init__(
        self, family: Dense | Repunits, alive: Rows, cells: list[Rows]
    ) -> None:
        """cells: for each member, the cell of each position of alive (ascending)."""
        self.family = family
        self.alive = alive
        self._cells = cells
        wanted = np.zeros(family.cells.alive.size, dtype=bool)
        self._place = np.full(wanted.size, -1, dtype=np.int64)
        self._member = np.zeros(wanted.size, dtype=np.int64)
        for member, own in enumerate(cells):
            wanted[own] = True
            self._place[own] = np.arange(alive.size)
            self._member[own] = member
        family.cells.alive[~wanted] = 0
        self._left = np.ones(alive.size, dtype=bool)

    @property
    def exhausted(self) -> bool:
        """Nothing is left to remove."""
        return not self._left.any()

    @property
    def cost(self) -> float:
        """Nanoseconds per prime, roughly."""
        products = getattr(self.family, "products", 1)
        return float(_PRIME + _PRODUCT * products)

    def window(self, low: int, high: int) -> Removed:
        """Sieve with the primes of [low, high]."""
        cell, factor = self.family.sieve(low, high)
        best = Best(self.alive)
        member = self._member[cell]
        for row in np.lexsort((member, factor)).tolist():
            best.note(
                self._place[cell[row : row + 1]], int(factor[row]), int(member[row])
            )
        gone = ~best.untouched
        self._left &= ~gone
        for own in self._cells:
            self.family.cells.alive[own[gone]] = 0
        return best.removed()


def open_family(order: Order, alive: Rows) -> OfFamily | None:
    """The sieve of the form of this order; None if it has none of its own, or its
    numbers are too few among those of the family."""
    shapes = [shape(member) for member in order.families]
    if not alive.size or len({type(each) for each in shapes}) != 1:
        return None
    first = shapes[0]
    match first:
        case Factorial():
            return _factorials(order, alive, shapes)
        case Primorial():
            return _primorials(order, alive, shapes)
        case CullenWoodall():
            return _cullen_woodall(order, alive, shapes)
        case GeneralizedFermat() if len(shapes) == 1:
            return _generalized_fermat(order, alive, first)
        case Mersenne() if len(shapes) == 1:
            return _repunits(alive, 2, _values(order, _P, alive))
        case Wagstaff() if len(shapes) == 1:
            return _repunits(alive, -2, _values(order, _P, alive))
        case Repunit() if len(shapes) == 1 and first.base.variable is None:
            exponents = _values(order, first.exponent, alive)
            return _repunits(alive, first.base.offset, exponents)
        case CarolKynea():
            return _carol_kynea(order, alive, shapes)
        case NearRepdigit():
            return _near_repdigits(order, alive, shapes)
        case None if len(shapes) == 1:
            return _middles(order, alive)
    return None


def _factorials(order: Order, alive: Rows, shapes: list[Any]) -> OfFamily | None:
    alike = {(each.argument, each.step) for each in shapes}
    if len(alike) != 1:
        return None
    signs = [each.c for each in shapes]
    n = _values(order, shapes[0].argument, alive)
    low, high = int(n.min()), int(n.max())
    if low < 1 or _is_sparse(high - low + 1, n.size):
        return None
    family = factorial.Factorials(low, high, shapes[0].step, signs)
    return OfFamily(family, alive, _signed_cells(n - low, len(signs)))


def _primorials(order: Order, alive: Rows, shapes: list[Any]) -> OfFamily | None:
    argument = shapes[0].argument
    if (argument.variable, argument.slope, argument.offset) != ("p", 1, 0):
        return None
    if len({each.argument for each in shapes}) != 1:
        return None
    signs = [each.c for each in shapes]
    p = _values(order, argument, alive)
    family = primorial.Primorials(int(p.min()), int(p.max()), signs)
    if _is_sparse(family.p.size, p.size):
        return None
    return OfFamily(
        family, alive, _signed_cells(np.searchsorted(family.p, p), len(signs))
    )


def _cullen_woodall(order: Order, alive: Rows, shapes: list[Any]) -> OfFamily | None:
    base = shapes[0].base
    if base.variable or len({(each.base, each.exponent) for each in shapes}) != 1:
        return None
    signs = [each.c for each in shapes]
    n = _values(order, shapes[0].exponent, alive)
    low, high = int(n.min()), int(n.max())
    if low < 1 or _is_sparse(high - low + 1, n.size):
        return None
    family = cullen.CullenWoodall(base.offset, low, high, signs)
    return OfFamily(family, alive, _signed_cells(n - low, len(signs)))


def _generalized_fermat(
    order: Order, alive: Rows, form: GeneralizedFermat
) -> OfFamily | None:
    b = _values(order, form.base, alive)
    # This sieve knows nothing of odd b, whose numbers are even.
    if (b % 2).any() or _is_sparse(int(b.max() - b.min()) // 2 + 1, b.size):
        return None
    family = generalized_fermat.GeneralizedFermats(form.m, int(b.min()), int(b.max()))
    return OfFamily(family, alive, [(b - family.first) // 2])


def _repunits(alive: Rows, b: int, q: Rows) -> OfFamily | None:
    """Only prime exponents above 2, which all orders of a variable p have but one."""
    prime = all(q_ > 2 and gmpy2.is_prime(q_) for q_ in q.tolist())
    if not prime or abs(b) < 2:
        return None
    return OfFamily(repunits.Repunits(b, q), alive, [np.arange(q.size)])


def _carol_kynea(order: Order, alive: Rows, shapes: list[Any]) -> OfFamily | None:
    base = shapes[0].base
    if base.variable or len({(each.base, each.exponent) for each in shapes}) != 1:
        return None
    signs = tuple(each.c for each in shapes)
    n = _values(order, shapes[0].exponent, alive)
    low, high = int(n.min()), int(n.max())
    if low < 1 or base.offset < 2 or _is_sparse(high - low + 1, n.size):
        return None
    family = carol_kynea(base.offset, low, high, signs)
    return OfFamily(family, alive, _lines(n - low, family.width, len(signs)))


def _near_repdigits(order: Order, alive: Rows, shapes: list[Any]) -> OfFamily | None:
    if len({(each.base, each.variable) for each in shapes}) != 1:
        return None
    n = _values(order, Affine(1, shapes[0].variable, 0), alive)
    low, high = int(n.min()), int(n.max())
    if low < 1 or _is_sparse(high - low + 1, n.size):
        return None
    if any(each.coefficients[0] < 1 or not each.coefficients[2] for each in shapes):
        return None
    numbers = []
    for each in shapes:
        a2, a1, a0 = each.coefficients
        numbers.append(Quadratic(a2, a1, a0, each.divisor))
    family = Quadratics(shapes[0].base, low, 1, high - low + 1, numbers)
    return OfFamily(family, alive, _lines(n - low, family.width, len(numbers)))


def _middles(order: Order, alive: Rows) -> OfFamily | None:
    form = Middle.read(order.families[0])
    if form is None or form.factor != 1:
        return None
    w = _values(order, Affine(1, form.variable, 0), alive)
    low, high = int(w.min()), int(w.max())
    if low < 0 or high >= _MOST_W or _is_sparse(high - low + 1, w.size):
        return None
    terms = tuple((c, e) for e, c in form.terms)
    try:
        family = MiddleNumbers(form.base, form.x, terms, low, high - low + 1)
    except ValueError:  # t is negative and not small
        return None
    return OfFamily(family, alive, [w - low])


def _lines(place: Rows, width: int, lines: int) -> list[Rows]:
    return [line * width + place for line in range(lines)]


def _values(order: Order, piece: Affine, alive: Rows) -> Rows:
    """The values of a parameter of the form, where only its variable varies."""
    where = places(order.ranges, alive)
    values = values_of(piece, order.ranges, where.get(piece.variable or "", alive))
    return values.astype(np.int64)


def _signed_cells(place: Rows, signs: int) -> list[Rows]:
    return [place * signs + s for s in range(signs)]


def _is_sparse(cells: int, numbers: int) -> bool:
    return cells > max(10_000, _SPARSEST * numbers)
