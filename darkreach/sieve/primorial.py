"""Sieve of primorials p#+-1, p# = the product of the primes up to p.

The walk of ``constants`` through the primes p of an interval that are still alive.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from darkreach.sieve.cells import NO_HITS, Hits
from darkreach.sieve.constants import Program, packed
from darkreach.sieve.dense import Signed, capped
from darkreach.sieve.factorial import STALE
from darkreach.sieve.modmul import P_LIMIT
from darkreach.sieve.primes import primes
from darkreach.sieve.terms import Rows
from darkreach.sieve.verify import divides_product


class Primorials(Signed):
    """p#+sign for the primes first <= p <= last; the cells are the primes ascending,
    for each the signs."""

    def __init__(
        self,
        first: int,
        last: int,
        signs: Sequence[int] = (1, -1),
        alive: NDArray[np.bool_] | None = None,
    ) -> None:
        self.signs = tuple(signs)
        self._all = primes(2, last)
        self.p = self._all[self._all >= first]
        before = self._all.size - self.p.size
        values, product = [], 1
        for i, p in enumerate(self._all.tolist()):
            product = min(product * p, P_LIMIT)
            if i >= before:
                huge = product == P_LIMIT
                values += [product if huge else product + c for c in self.signs]
        self._before = before
        self._values = capped(values)
        self._make_cells(self._values.size, alive)
        self.cells.alive[self._values < 2] = 0
        self._made: Program | None = None
        self._made_for = 0

    def name(self, cell: int) -> str:
        return f"{self.p[cell // len(self.signs)]}#{int(self.sign(np.array(cell))):+d}"

    def small_value(self, cell: Rows) -> Rows:
        return self._values[cell]

    @property
    def products(self) -> int:
        """Modular products per prime."""
        program = self._program()
        return program.products if program else 0

    def divides(self, cell: Rows, factor: Rows) -> NDArray[np.bool_]:
        count = self.place(cell) + self._before + 1
        return divides_product(factor, count, self.sign(cell), self._all)

    def _even(self) -> NDArray[np.bool_]:
        return np.zeros(self._values.size, dtype=bool)

    def _hits(self, window: Rows, fp64: bool) -> Hits:
        program = self._program()
        if program is None:
            return NO_HITS
        return self._cells(*program.walk(window, fp64))

    def _program(self) -> Program | None:
        """The way through the primes that are alive, made again when it is stale."""
        left = self._left()
        if not left.size:
            return None
        if self._made is None or left.size < self._made_for * (1 - STALE):
            steps: list[tuple[int, list[int]]] = []
            known = -1
            for i in left.tolist():
                steps.append((i, self.p[known + 1 : i + 1].tolist()))
                known = i
            prefix = [(0, c) for c in packed(self._all[: self._before].tolist())]
            self._made, self._made_for = Program.make(prefix, steps), left.size
        return self._made
