"""The sieve for numbers below 2^62, of any form: they are kept and divided.

From p = 2 on, a number below p^2 that is left is prime; it costs nothing any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from darkreach.errors import DarkreachError
from darkreach.sieve.best import Best
from darkreach.sieve.engine import Removed
from darkreach.sieve.primes import primes
from darkreach.sieve.terms import Rows

if TYPE_CHECKING:
    from darkreach.order import Order

#: Every number has at most so many bits.
MOST_BITS = 62
#: Nanoseconds of a remainder.
_REMAINDER = 4.0


class Division:
    """A sieve of positions of an order. Primes must come ascending."""

    kernel = "numpy sieve by division"

    def __init__(self, order: Order, alive: Rows) -> None:
        """alive: the positions to sieve, ascending."""
        self.order = order
        self.alive = alive
        self._values = [order.values(m, alive) for m in range(order.member_count)]
        self._from_two = False

    @property
    def exhausted(self) -> bool:
        """Nothing is left to remove."""
        return not self.alive.size

    @property
    def cost(self) -> float:
        """Nanoseconds per prime, roughly."""
        return _REMAINDER * self.alive.size * len(self._values)

    def window(self, low: int, high: int) -> Removed:
        """Sieve with the primes of [low, high]."""
        self._from_two = self._from_two or low <= 2
        most = max((int(v.max()) for v in self._values if v.size), default=0)
        last = int(np.sqrt(float(most))) + 1 if self._from_two else most
        window = primes(low, min(high, last)) if low <= last else self.alive[:0]
        best = Best(self.alive)
        for p in window.tolist():
            for member, values in enumerate(self._values):
                hit = (values % p == 0) & (values != p)
                if hit.any():
                    best.note(np.flatnonzero(hit), p, member)
        removed = best.removed()
        self._check(removed)
        self.alive = self.alive[best.untouched]
        self._values = [values[best.untouched] for values in self._values]
        return removed

    def _check(self, removed: Removed) -> None:
        """The numbers again, by another arithmetic."""
        for index, p, member in removed.rows():
            number = self.order.members(index)[member]
            if number.mod(p) != 0:
                raise DarkreachError(
                    f"the sieve made an error: {p} does not divide {number.expression}"
                )
