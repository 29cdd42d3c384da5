"""One sieve at work: primes in, removed candidates out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from darkreach.errors import DarkreachError
from darkreach.sieve.plan import Group, plan
from darkreach.sieve.primes import primes
from darkreach.sieve.terms import Rows, Terms
from darkreach.sieve.verify import divides


@dataclass
class Removed:
    """Candidates and the smallest prime that removed each; member says which of the
    candidate's numbers it divides."""

    index: Rows
    factor: Rows
    member: Rows

    def rows(self) -> Iterator[tuple[int, int, int]]:
        """(position, prime, member), one by one."""
        columns = (self.index, self.factor, self.member)
        return zip(*(column.tolist() for column in columns), strict=True)


@dataclass
class Sieve:
    """The terms of a task, grouped by algorithm. Primes must come ascending."""

    kernel: ClassVar[str] = "numba sieve, 64-bit Montgomery"

    terms: Terms
    groups: list[Group] = field(init=False)
    cost: float = field(init=False)  # nanoseconds per prime, roughly

    def __post_init__(self) -> None:
        choice = plan(self.terms)
        self.groups, self.cost = choice.groups, choice.cost
        self._members = np.unique(self.terms.sources.member).size
        self._dead = np.zeros(self.terms.index.size, dtype=bool)

    @property
    def exhausted(self) -> bool:
        """Nothing is left to remove."""
        return not any(group.cells.alive.any() for group in self.groups)

    def window(self, low: int, high: int) -> Removed:
        """Sieve with the primes of [low, high]. DarkreachError if a factor turns out
        false: then no result of this sieve may be believed."""
        rows, factors = self._hits(primes(low, high))
        proper = self.terms.small_value[rows] != factors  # p = N removes nothing
        removed, kept_rows = self._smallest(rows[proper], factors[proper])
        self._check(kept_rows, removed.factor)
        if (self._members > 1 or low <= 2) and removed.index.size:
            # Else the kernels have cleared these cells themselves.
            self._dead |= np.isin(self.terms.index, removed.index)
            for group in self.groups:
                group.cells.drop(self._dead)
        return removed

    def _hits(self, window: Rows) -> tuple[Rows, Rows]:
        rows, factors = [], []
        if window.size and window[0] == 2:
            even = np.flatnonzero(self.terms.odd_kb())
            rows.append(even)
            factors.append(np.full(even.size, 2, dtype=np.int64))
            window = window[1:]
        for group in self.groups:
            hit_rows, hit_factors = group.strike(window)
            rows.append(hit_rows)
            factors.append(hit_factors)
        if not rows:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        return np.concatenate(rows), np.concatenate(factors)

    def _smallest(self, rows: Rows, factors: Rows) -> tuple[Removed, Rows]:
        """One hit per candidate: the smallest factor, of ties the lowest member."""
        index, member = self.terms.index[rows], self.terms.member[rows]
        order = np.lexsort((member, factors, index))
        _, first = np.unique(index[order], return_index=True)
        best = order[first]
        return Removed(index[best], factors[best], member[best]), rows[best]

    def _check(self, rows: Rows, factors: Rows) -> None:
        sources, n = self.terms.sources[self.terms.source[rows]], self.terms.n[rows]
        true = divides(factors, sources, n)
        if not true.all():
            i = int(np.flatnonzero(~true)[0])
            raise DarkreachError(
                f"the sieve made an error: {factors[i]} does not divide"
                f" {sources.k[i]}*{sources.b[i]}^{n[i]}{sources.c[i]:+d}"
            )
