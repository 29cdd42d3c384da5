"""The numbers that one sieve task works on: a flat table with one row per k*b^n+c."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from darkreach.sieve.modmul import P_LIMIT

if TYPE_CHECKING:
    from darkreach.order import Columns, Order

Rows = NDArray[np.int64]

#: Whole numbers: int64, or Python's own where one of them passes 63 bits.
Whole = NDArray[Any]

#: Positions that are read from an order at once.
_CHUNK = 2**17


@dataclass(frozen=True)
class Sources:
    """What many rows have in common: source i is k[i]*b[i]^n+c[i] for any n; c is +1 or
    -1. Each is there once."""

    k: Whole
    b: Whole
    c: Rows
    member: Rows

    @property
    def size(self) -> int:
        return self.c.size

    def __getitem__(self, chosen: NDArray[Any]) -> Sources:
        return Sources(
            self.k[chosen], self.b[chosen], self.c[chosen], self.member[chosen]
        )


@dataclass
class Terms:
    """Row i is the number of source[i] at the exponent n[i] and the position index[i]
    of the order. Numbers below 2 are no candidates and never become rows."""

    sources: Sources
    source: Rows
    n: Rows
    index: Rows

    def __post_init__(self) -> None:
        #: N itself where it is below 2^62, else 2^62: every sieving prime is smaller.
        self.small_value = self._small_values()
        if (self.small_value < 2).any():
            self._keep(self.small_value >= 2)

    @property
    def member(self) -> Rows:
        return self.sources.member[self.source]

    def odd_kb(self) -> NDArray[np.bool_]:
        """The rows whose k*b^n is odd, that is: whose number is even."""
        k_odd, b_odd = (
            (values % 2 == 1).astype(bool)[self.source]
            for values in (self.sources.k, self.sources.b)
        )
        odd: NDArray[np.bool_] = k_odd & (b_odd | (self.n == 0))
        return odd

    def _small_values(self) -> Rows:
        k, b = _log2(self.sources.k), _log2(self.sources.b)
        values = np.full(self.n.size, P_LIMIT, dtype=np.int64)
        for start in range(0, self.n.size, _CHUNK):
            source = self.source[start : start + _CHUNK]
            lengths = k[source] + b[source] * self.n[start : start + _CHUNK]
            small = start + np.flatnonzero(lengths < log2(P_LIMIT) + 0.5)
            if small.size:
                values[small] = self._few_values(small)
        return values

    def _few_values(self, rows: Rows) -> Rows:
        """The numbers of these rows, which are short."""
        s, n = self.sources[self.source[rows]], self.n[rows]
        b = np.where(n == 0, 1, s.b).astype(np.int64)
        values = s.k.astype(np.int64) * np.power(b, n) + s.c
        below: Rows = np.minimum(values, P_LIMIT)
        return below

    def _keep(self, mask: NDArray[np.bool_]) -> None:
        for name in ("source", "n", "index", "small_value"):
            setattr(self, name, getattr(self, name)[mask])


def read_terms(order: Order, first: int, count: int, alive: Rows) -> Terms:
    """The terms of the positions of [first, first + count) that are in alive, which is
    ascending."""
    parts: list[tuple[Sources, Rows, Rows, Rows]] = []
    for start in range(first, first + count, _CHUNK):
        end = min(start + _CHUNK, first + count)
        low, high = np.searchsorted(alive, [start, end])
        if low == high:
            continue
        inside = alive[low:high] - start
        for place in range(order.member_count):
            columns = order.columns(place, start, end - start)
            parts.append(_part(columns, place, inside))
    return _joined(parts)


def _part(
    columns: Columns, member: int, inside: Rows
) -> tuple[Sources, Rows, Rows, Rows]:
    """The sources of some rows, which of them each has, n and index."""
    c = np.full(inside.size, columns.c, dtype=np.int64)
    members = np.full(inside.size, member, dtype=np.int64)
    rows = Sources(columns.k[inside], columns.b[inside], c, members)
    return *_grouped(rows), columns.n[inside], columns.index[inside]


def _joined(parts: list[tuple[Sources, Rows, Rows, Rows]]) -> Terms:
    """The rows of all parts; what parts have in common is one source."""
    none = np.empty(0, dtype=np.int64)
    if not parts:
        return Terms(Sources(none, none, none, none), none, none, none)
    each, source, n, index = zip(*parts, strict=True)
    ends = np.cumsum([0, *(part.size for part in each)])
    columns = ("k", "b", "c", "member")
    rows = Sources(*(np.concatenate([getattr(s, c) for s in each]) for c in columns))
    sources, number = _grouped(rows)
    moved = [number[part + end] for part, end in zip(source, ends, strict=False)]
    return Terms(sources, *map(np.concatenate, (moved, n, index)))


def _grouped(rows: Sources) -> tuple[Sources, Rows]:
    """The distinct sources, and which of them each row has."""
    if rows.k.dtype == object or rows.b.dtype == object:
        return _grouped_objects(rows)
    columns = (rows.k, rows.b, rows.c, rows.member)
    new_run = np.ones(rows.size, dtype=bool)
    new_run[1:] = np.any([v[1:] != v[:-1] for v in columns], axis=0)
    heads = rows[np.flatnonzero(new_run)]
    by_value = np.lexsort((heads.k, heads.b, heads.c, heads.member))
    ordered = heads[by_value]
    columns = (ordered.k, ordered.b, ordered.c, ordered.member)
    new = np.ones(heads.size, dtype=bool)
    new[1:] = np.any([v[1:] != v[:-1] for v in columns], axis=0)
    number = np.empty(heads.size, dtype=np.int64)
    number[by_value] = np.cumsum(new) - 1
    return ordered[np.flatnonzero(new)], number[np.cumsum(new_run) - 1]


def _grouped_objects(rows: Sources) -> tuple[Sources, Rows]:
    keys = list(zip(rows.k, rows.b, rows.c, rows.member, strict=True))
    number = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    source = np.array([number[key] for key in keys], dtype=np.int64)
    first = np.zeros(len(number), dtype=np.int64)
    first[source[::-1]] = np.arange(len(keys))[::-1]
    return rows[first], source


def _log2(values: Whole) -> NDArray[np.float64]:
    if values.dtype == object:
        return np.array([log2(v) for v in values], dtype=np.float64)
    return np.log2(values.astype(np.float64))
