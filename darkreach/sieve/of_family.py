"""The sieves of whole families at work on an order.

A family knows its numbers as cells (`dense`); here the positions of an order and its
members are given their cells, and what a prime removes from a cell it removes from the
position. Used where all members of the order are of one form and one variable varies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import gmpy2
import numpy as np

from darkreach.forms.affine import Affine
from darkreach.forms.shapes import shape
from darkreach.order.places import places, values_of
from darkreach.sieve import repunits
from darkreach.sieve.best import Best
from darkreach.sieve.engine import Removed
from darkreach.sieve.terms import Rows

if TYPE_CHECKING:
    from darkreach.order import Order
    from darkreach.sieve.dense import Dense
    from darkreach.sieve.repunits import Repunits

#: Nanoseconds of a modular product in these sieves, and of a new prime.
_PRODUCT, _PRIME = 0.3, 30.0

#: A family may have this many times as many cells as the order has numbers.
_SPARSEST = 256


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


@runtime_checkable
class Sieved(Protocol):
    """A form with a sieve of its own. What computes is imported inside: the form alone
    needs no compiler."""

    def sieve(self, order: Order, alive: Rows, members: list[Any]) -> OfFamily | None:
        """The sieve of these positions of an order whose members are all of this form,
        the first of them self; None where another one is better."""


def open_family(order: Order, alive: Rows) -> OfFamily | None:
    """The sieve of the form of this order; None if it has none of its own, or its
    numbers are too few among those of the family."""
    shapes = [shape(member) for member in order.families]
    if not alive.size or len({type(each) for each in shapes}) != 1:
        return None
    first = shapes[0]
    return first.sieve(order, alive, shapes) if isinstance(first, Sieved) else None


def of_exponents(
    order: Order, alive: Rows, b: int, exponent: Affine
) -> OfFamily | None:
    """The sieve of (b^p-1)/(b-1). Only prime exponents above 2, which all orders of a
    variable p have but one."""
    q = values(order, exponent, alive)
    prime = all(q_ > 2 and gmpy2.is_prime(q_) for q_ in q.tolist())
    if not prime or abs(b) < 2:
        return None
    return OfFamily(repunits.Repunits(b, q), alive, [np.arange(q.size)])


def lines(place: Rows, width: int, count: int) -> list[Rows]:
    """The cells of as many members, a line of the family each."""
    return [line * width + place for line in range(count)]


def values(order: Order, piece: Affine, alive: Rows) -> Rows:
    """The values of a parameter of the form, where only its variable varies."""
    where = places(order.ranges, alive)
    values = values_of(piece, order.ranges, where.get(piece.variable or "", alive))
    return values.astype(np.int64)


def dense_values(
    order: Order, piece: Affine, alive: Rows
) -> tuple[Rows, int, int] | None:
    """The values of a parameter, the least and the largest; None where a family cannot
    have them all: they lie too far apart, or below 1."""
    found = values(order, piece, alive)
    low, high = int(found.min()), int(found.max())
    if low < 1 or is_sparse(high - low + 1, found.size):
        return None
    return found, low, high


def signed_cells(place: Rows, signs: int) -> list[Rows]:
    """The cells of as many members, side by side in the family."""
    return [place * signs + s for s in range(signs)]


def is_sparse(cells: int, numbers: int) -> bool:
    """Whether a family of so many cells is too large for the numbers wanted of it."""
    return cells > max(10_000, _SPARSEST * numbers)
