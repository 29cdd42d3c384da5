"""The numbers that one sieve task works on: a flat table with one row per k*b^n+c."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log2
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from darkreach.sieve.modmul import P_LIMIT

if TYPE_CHECKING:
    from darkreach.order import Order

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Source:
    """What the rows of one sequence have in common; c is +1 or -1."""

    member: int
    k: int
    b: int
    c: int


@dataclass
class Terms:
    """Row i is the number k*b^n[i]+c of sources[source[i]], at position index[i] of
    the order. Numbers below 2 never become rows: they are no candidates."""

    sources: list[Source]
    source: Rows
    n: Rows
    index: Rows
    member: Rows = field(init=False)
    #: N itself where it is below 2^62, else 2^62: every sieving prime is smaller.
    small_value: Rows = field(init=False)

    def __post_init__(self) -> None:
        members = np.array([s.member for s in self.sources], dtype=np.int64)
        self.member = members[self.source]
        self.small_value = self._small_values()
        if (self.small_value < 2).any():
            self._keep(self.small_value >= 2)

    def odd_kb(self) -> NDArray[np.bool_]:
        """The rows whose k*b^n is odd, that is: whose number is even."""
        k_odd = np.array([s.k & 1 for s in self.sources], dtype=bool)[self.source]
        b_odd = np.array([s.b & 1 for s in self.sources], dtype=bool)[self.source]
        odd: NDArray[np.bool_] = k_odd & (b_odd | (self.n == 0))
        return odd

    def _small_values(self) -> Rows:
        k = np.array([log2(s.k) for s in self.sources], dtype=np.float64)
        b = np.array([log2(s.b) for s in self.sources], dtype=np.float64)
        log_size = k[self.source] + b[self.source] * self.n
        values = np.full(self.n.size, P_LIMIT, dtype=np.int64)
        for row in np.flatnonzero(log_size < log2(P_LIMIT) + 0.5):
            s = self.sources[self.source[row]]
            values[row] = min(s.k * s.b ** int(self.n[row]) + s.c, P_LIMIT)
        return values

    def _keep(self, mask: NDArray[np.bool_]) -> None:
        for name in ("source", "n", "index", "member", "small_value"):
            setattr(self, name, getattr(self, name)[mask])


def read_terms(order: Order, first: int, count: int, alive: Rows) -> Terms:
    """The terms of the positions [first, first + count) that are in alive (sorted)."""
    wanted = np.zeros(count, dtype=bool)
    wanted[alive - first] = True
    sources: list[Source] = []
    parts: list[tuple[Rows, Rows]] = []
    for member in range(order.member_count):
        for s in order.sequences(member, first, count):
            keep = wanted[s.index - first]
            if keep.any():
                sources.append(Source(member, s.k, s.b, s.c))
                parts.append((s.n[keep], s.index[keep]))
    lengths = np.array([n.size for n, _ in parts], dtype=np.int64)
    return Terms(
        sources=sources,
        source=np.repeat(np.arange(lengths.size), lengths),
        n=_joined(n for n, _ in parts),
        index=_joined(index for _, index in parts),
    )


def _joined(arrays: Iterable[Rows]) -> Rows:
    listed = list(arrays)
    return np.concatenate(listed) if listed else np.empty(0, dtype=np.int64)
