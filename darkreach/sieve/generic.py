"""The sieve for any form: the expression itself is evaluated modulo the primes.

It needs to know nothing of the form, so that every order can be sieved. Numbers below
2^62 are built once and divided; larger ones are walked through position by position
(`walk`) with all primes of a window at once, or, for primes above 2^32, one by one. The
cost per prime is proportional to the numbers that are left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from darkreach.errors import DarkreachError
from darkreach.expression import evaluate, evaluate_mod, size_bits
from darkreach.expression.nodes import Integer, Node, Variable, parts
from darkreach.sieve.engine import Removed
from darkreach.sieve.primes import primes
from darkreach.sieve.terms import Rows
from darkreach.sieve.walk import PRIME_LIMIT, Walk

if TYPE_CHECKING:
    from darkreach.order import Order

#: Numbers of so many bits are kept as they are.
SMALL_BITS = 62
#: Nanoseconds of a modular product of a vector of primes, and of a remainder.
_PRODUCT, _REMAINDER = 8.0, 4.0
#: Primes that are walked with at once: their residues stay in the second-level cache.
_AT_ONCE = 2**14


class Generic:
    """A sieve of positions of an order. Primes must come ascending."""

    kernel = "numpy sieve by evaluation"

    def __init__(self, order: Order, alive: Rows) -> None:
        """alive: the positions to sieve, ascending."""
        self.order = order
        self.alive = alive
        self.nodes = [each.node for each in order.families]
        self.values = [_Small(order, node, alive) for node in self.nodes]
        self._from_two = False

    @property
    def exhausted(self) -> bool:
        """Nothing is left to remove."""
        return not self.alive.size

    @property
    def cost(self) -> float:
        """Nanoseconds per prime, roughly."""
        return sum(
            self.alive.size * (_REMAINDER if small else _PRODUCT * _products(node))
            for node, small in zip(self.nodes, self._are_small, strict=True)
        )

    def window(self, low: int, high: int) -> Removed:
        """Sieve with the primes of [low, high]. DarkreachError if a factor turns out
        false."""
        self._from_two = self._from_two or low <= 2
        window = primes(low, high)
        best = _Best(self.alive)
        for member, (node, small) in enumerate(
            zip(self.nodes, self._are_small, strict=True)
        ):
            if small:
                self._divide(member, window, best)
            elif window.size and window[-1] >= PRIME_LIMIT:
                self._one_by_one(member, node, window, best)
            else:
                self._walk(member, node, window, best)
        removed = best.removed()
        self._check(removed)
        self.alive = np.setdiff1d(self.alive, removed.index, assume_unique=True)
        for small_values in self.values:
            small_values.keep(best.untouched)
        return removed

    @property
    def _are_small(self) -> list[bool]:
        return [values.whole for values in self.values]

    def _divide(self, member: int, window: Rows, best: _Best) -> None:
        """N mod p for all numbers at once. From 2 on, what p^2 passes is prime."""
        values = self.values[member].values
        most = int(values.max()) if values.size else 0
        for p in window.tolist():
            if p > most or (self._from_two and p * p > most):
                return
            hit = (values % p == 0) & (values != p)
            if hit.any():
                best.note(np.flatnonzero(hit), p, member)

    def _walk(self, member: int, node: Node, window: Rows, best: _Best) -> None:
        for start in range(0, window.size, _AT_ONCE):
            some = window[start : start + _AT_ONCE]
            walk = Walk(node, some)
            for place, position in enumerate(self.alive.tolist()):
                assignment = self.order.assignment(position)
                zero = walk.at(assignment) == 0
                doubtful = walk.unsure
                if doubtful.any():
                    zero = zero & ~doubtful
                    for at in np.flatnonzero(doubtful).tolist():
                        zero[at] = not evaluate_mod(node, assignment, int(some[at]))
                for at in np.flatnonzero(zero).tolist():
                    p = int(some[at])
                    if not self.values[member].is_at(place, p):
                        best.note(np.array([place]), p, member)
                        break

    def _one_by_one(self, member: int, node: Node, window: Rows, best: _Best) -> None:
        for place, position in enumerate(self.alive.tolist()):
            assignment = self.order.assignment(position)
            for p in window.tolist():
                divides = evaluate_mod(node, assignment, p) == 0
                if divides and not self.values[member].is_at(place, p):
                    best.note(np.array([place]), p, member)
                    break

    def _check(self, removed: Removed) -> None:
        rows = zip(
            removed.index.tolist(),
            removed.factor.tolist(),
            removed.member.tolist(),
            strict=True,
        )
        for index, p, member in rows:
            if self.order.members(index)[member].mod(p) != 0:
                text = self.order.members(index)[member].expression
                raise DarkreachError(
                    f"the sieve made an error: {p} does not divide {text}"
                )


class _Best:
    """The smallest prime found for each position, of ties the lowest member."""

    def __init__(self, alive: Rows) -> None:
        self.alive = alive
        self.factor = np.zeros(alive.size, dtype=np.int64)
        self.member = np.zeros(alive.size, dtype=np.int64)

    def note(self, places: Rows, p: int, member: int) -> None:
        """p divides this member at these places. Members come in order."""
        better = (self.factor[places] == 0) | (self.factor[places] > p)
        self.factor[places[better]] = p
        self.member[places[better]] = member

    @property
    def untouched(self) -> NDArray[np.bool_]:
        untouched: NDArray[np.bool_] = self.factor == 0
        return untouched

    def removed(self) -> Removed:
        hit = ~self.untouched
        return Removed(self.alive[hit], self.factor[hit], self.member[hit])


class _Small:
    """The numbers of one member that are below 2^62; 0 stands for a larger one."""

    def __init__(self, order: Order, node: Node, alive: Rows) -> None:
        self.values = np.zeros(alive.size, dtype=np.int64)
        for place, position in enumerate(alive.tolist()):
            assignment = order.assignment(position)
            if size_bits(node, assignment) <= SMALL_BITS:
                self.values[place] = int(evaluate(node, assignment))

    @property
    def whole(self) -> bool:
        """Whether no number is larger."""
        return bool(self.values.all())

    def is_at(self, place: int, p: int) -> bool:
        """Whether the number at this place is p itself."""
        return bool(self.values[place] == p)

    def keep(self, mask: NDArray[np.bool_]) -> None:
        self.values = self.values[mask]


def _products(node: Node) -> int:
    """About how many modular products one position takes."""
    own = 0 if isinstance(node, Integer | Variable) else 1
    return own + sum(_products(part) for part in parts(node))
