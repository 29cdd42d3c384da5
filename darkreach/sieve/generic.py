"""The sieve for any form: the expression itself is evaluated modulo the primes.

It needs to know nothing of the form, so that every order can be sieved. The numbers are
walked through position by position (`walk`) with all primes of a window at once, or,
for primes above 2^32, one by one. The cost per prime is proportional to the numbers
that are left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from darkreach.errors import DarkreachError
from darkreach.expression import evaluate, evaluate_mod, size_bits
from darkreach.expression.nodes import Integer, Node, Variable, parts
from darkreach.sieve.best import Best
from darkreach.sieve.engine import Removed
from darkreach.sieve.primes import primes
from darkreach.sieve.terms import Rows
from darkreach.sieve.walk import PRIME_LIMIT, Walk

if TYPE_CHECKING:
    from darkreach.order import Order

#: Nanoseconds of a modular product, within a vector of primes.
_PRODUCT = 8.0
#: The bound of a number's size may be so much too high, by divisions and differences.
_SLACK_BITS = 4096
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

    @property
    def exhausted(self) -> bool:
        """Nothing is left to remove."""
        return not self.alive.size

    @property
    def cost(self) -> float:
        """Nanoseconds per prime, roughly."""
        return _PRODUCT * self.alive.size * sum(map(_products, self.nodes))

    def window(self, low: int, high: int) -> Removed:
        """Sieve with the primes of [low, high]. DarkreachError if a factor turns out
        false."""
        window = primes(low, high)
        best = Best(self.alive)
        for member, node in enumerate(self.nodes):
            if window.size and window[-1] >= PRIME_LIMIT:
                self._one_by_one(member, node, window, best)
            else:
                self._walk(member, node, window, best)
        removed = best.removed()
        self._check(removed)
        self.alive = self.alive[best.untouched]
        return removed

    def _walk(self, member: int, node: Node, window: Rows, best: Best) -> None:
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
                    if not _is(node, assignment, p):
                        best.note(np.array([place]), p, member)
                        break

    def _one_by_one(self, member: int, node: Node, window: Rows, best: Best) -> None:
        for place, position in enumerate(self.alive.tolist()):
            assignment = self.order.assignment(position)
            for p in window.tolist():
                divides = evaluate_mod(node, assignment, p) == 0
                if divides and not _is(node, assignment, p):
                    best.note(np.array([place]), p, member)
                    break

    def _check(self, removed: Removed) -> None:
        for index, p, member in removed.rows():
            number = self.order.members(index)[member]
            if number.mod(p) != 0:
                raise DarkreachError(
                    f"the sieve made an error: {p} does not divide {number.expression}"
                )


def _is(node: Node, assignment: Mapping[str, int], p: int) -> bool:
    """Whether the number is p itself."""
    if size_bits(node, assignment) > p.bit_length() + _SLACK_BITS:
        return False
    return bool(evaluate(node, assignment) == p)


def _products(node: Node) -> int:
    """About how many modular products one position takes."""
    own = 0 if isinstance(node, Integer | Variable) else 1
    return own + sum(_products(part) for part in parts(node))
