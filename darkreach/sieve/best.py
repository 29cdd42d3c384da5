"""The smallest prime that removes each position."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from darkreach.sieve.engine import Removed
from darkreach.sieve.terms import Rows


class Best:
    """Hits on positions (ascending), of which the smallest prime counts, of ties the
    lowest member. Members must be noted in order, or primes."""

    def __init__(self, alive: Rows) -> None:
        self.alive = alive
        self.factor = np.zeros(alive.size, dtype=np.int64)
        self.member = np.zeros(alive.size, dtype=np.int64)

    def note(self, places: Rows, p: int, member: int) -> None:
        """p divides this member at these places."""
        better = (self.factor[places] == 0) | (self.factor[places] > p)
        self.factor[places[better]] = p
        self.member[places[better]] = member

    @property
    def untouched(self) -> NDArray[np.bool_]:
        """Which positions are left."""
        left: NDArray[np.bool_] = self.factor == 0
        return left

    def removed(self) -> Removed:
        hit = ~self.untouched
        return Removed(self.alive[hit], self.factor[hit], self.member[hit])
