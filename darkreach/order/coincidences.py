"""Positions with equal numbers where bases differ, or members are not multiples of each
other.

Equal numbers have equal logarithms, so the positions are sorted by the logarithm, and
only those that agree in it up to rounding are looked at further: by their normalised k,
b and n, which settles all numbers of one base; then modulo a prime of 31 bits; at last,
numbers of different bases (9*2^3 = 8*3^2), by their keys (`identity`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import log2, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkreach.forms import Family
from darkreach.forms.affine import Affine
from darkreach.identity import residue_key
from darkreach.order.places import changes, places, roots, values_of, without
from darkreach.order.ranges import Range

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
Ranges = dict[str, Range]

#: The largest safe prime below 2^31: powers of small bases do not repeat early.
_PRIME = 2**31 - 69
#: Positions that are computed at once, and about how many are sorted at once.
_CHUNK = 2**20
_SORTED_AT_ONCE = 2**24
#: Logarithms of equal numbers differ by less than this, relative to the largest.
_ROUNDING = 16 * float(np.finfo(np.float64).eps)

_NONE: Rows = np.empty(0, dtype=np.int64)


@dataclass
class Search:
    """One search for repeated positions, with tables over the values of variables."""

    families: Sequence[Family]
    ranges: Ranges

    def windows(self) -> Iterator[tuple[float, float]]:
        """Intervals of the logarithm that together hold all positions, with about
        _SORTED_AT_ONCE of them each."""
        if self._size <= _SORTED_AT_ONCE:
            yield -np.inf, np.inf
            return
        ends = (-1.0 - len(self.families), self._highest)
        counts = np.zeros(4096, dtype=np.int64)
        for index in self._chunks():
            counts += np.histogram(self._logarithms(index), counts.size, ends)[0]
        edges = np.linspace(*ends, counts.size + 1)
        window = np.cumsum(counts) // _SORTED_AT_ONCE
        cuts = edges[1:-1][np.diff(window) > 0].tolist()
        yield from pairwise([-np.inf, *cuts, np.inf])

    def repeated(self, low: float, high: float) -> Rows:
        """The repeated positions whose logarithm is in [low, high)."""
        slack = _ROUNDING * self._highest * len(self.families)
        indices, logarithms = [], []
        for index in self._chunks():
            logarithm = self._logarithms(index)
            if low > -np.inf or high < np.inf:
                keep = (logarithm >= low - slack) & (logarithm < high)
                index, logarithm = index[keep], logarithm[keep]
            indices.append(index)
            logarithms.append(logarithm)
        index, logarithm = np.concatenate(indices), np.concatenate(logarithms)
        order = np.argsort(logarithm)
        begins = np.diff(logarithm[order], prepend=-np.inf) > slack
        alone = begins & np.append(begins[1:], True)
        cluster = np.cumsum(begins)
        return self._repeated_among(index[order[~alone]], cluster[~alone])

    def _chunks(self) -> Iterator[Rows]:
        for first in range(0, self._size, _CHUNK):
            yield np.arange(first, min(first + _CHUNK, self._size), dtype=np.int64)

    @cached_property
    def _size(self) -> int:
        return prod(len(values) for values in self.ranges.values())

    @cached_property
    def _tables(self) -> list[tuple[Floats, Floats, Rows]]:
        """log2 of the k, log2 of the b, and the n of each family, by place."""
        return [
            (
                _log2(values_of(each.coefficient, self.ranges)),
                _log2(values_of(each.base, self.ranges)),
                values_of(each.exponent, self.ranges).astype(np.int64),
            )
            for each in self.families
        ]

    @cached_property
    def _highest(self) -> float:
        """Above every logarithm."""
        tops = [k.max() + b.max() * float(n.max()) for k, b, n in self._tables]
        return float(sum(tops)) + len(tops)

    def _logarithms(self, index: Rows) -> Floats:
        """log2 of k*b^n, or of the product of all members."""
        where = places(self.ranges, index)
        total: Floats = np.zeros(index.size)
        for each, (k, b, n) in zip(self.families, self._tables, strict=True):
            term = (
                _looked_up(k, each.coefficient, where)
                + _looked_up(b, each.base, where) * _looked_up(n, each.exponent, where)
            ) + np.zeros(index.size)
            if len(self.families) > 1:
                with np.errstate(divide="ignore"):
                    term += np.log1p(each.c * np.exp2(-term)) / np.log(2)
                term = np.maximum(term, -1.0)
            total += term
        return total

    def _repeated_among(self, index: Rows, cluster: Rows) -> Rows:
        """The repeated ones of positions in clusters, each of one logarithm."""
        clear, left = self._settled(index, cluster)
        index, cluster = index[left], cluster[left]
        residue = self._residues(index)
        order = np.lexsort((residue, cluster))
        index, residue, cluster = index[order], residue[order], cluster[order]
        cluster = np.cumsum(changes(cluster) | changes(residue))
        more, left = self._settled(index, cluster)
        return np.concatenate([clear, more, self._by_keys(index[left])])

    def _settled(self, index: Rows, group: Rows) -> tuple[Rows, NDArray[np.bool_]]:
        """The repeated ones of those groups (contiguous) in which all have the same
        normalised k, b and n, and which positions are in other groups."""
        if not index.size:
            return _NONE, np.zeros(0, dtype=bool)
        starts = np.flatnonzero(changes(group))
        lengths = np.diff(starts, append=index.size)
        first = np.repeat(starts, lengths)
        differs = np.zeros(index.size, dtype=bool)
        for column in self._normalised(index):
            differs |= (column != column[first]).astype(bool)
        mixed = np.repeat(np.logical_or.reduceat(differs, starts), lengths)
        lowest = np.repeat(np.minimum.reduceat(index, starts), lengths)
        return index[~mixed & (index != lowest)], mixed

    def _by_keys(self, index: Rows) -> Rows:
        """The repeated ones of these positions, by the keys of their numbers."""
        index = np.sort(index)
        columns = [column.tolist() for column in self._normalised(index)]
        signs = [each.c for each in self.families]
        seen: set[tuple[int, ...]] = set()
        found = []
        for i, *parameters in zip(index.tolist(), *columns, strict=True):
            k, b, n = parameters[::3], parameters[1::3], parameters[2::3]
            keys = map(residue_key, k, b, n, signs)
            if (key := tuple(sorted(keys))) in seen:
                found.append(i)
            seen.add(key)
        return np.array(found, dtype=np.int64)

    def _residues(self, index: Rows) -> Rows:
        """Modulo _PRIME, k*b^n or a product that is symmetric in the members."""
        where = places(self.ranges, index)
        total = np.ones(index.size, dtype=np.int64)
        for each, (_, _, n) in zip(self.families, self._tables, strict=True):
            k, b = (
                self._residue(piece, where, index.size)
                for piece in (each.coefficient, each.base)
            )
            power = _powers(b, _looked_up(n, each.exponent, where))
            number = k * power % _PRIME
            if len(self.families) > 1:
                number += each.c + 12345
            total = total * (number % _PRIME) % _PRIME
        return total

    def _residue(self, piece: Affine, where: Mapping[str, Rows], count: int) -> Rows:
        if piece.variable is None:
            return np.full(count, piece.offset % _PRIME, dtype=np.int64)
        values = self.ranges[piece.variable].take(where[piece.variable]) % _PRIME
        return (piece.slope % _PRIME * values + piece.offset % _PRIME) % _PRIME

    def _normalised(self, index: Rows) -> Iterator[NDArray[Any]]:
        """The normalised k, b and n of every member, column by column."""
        where = places(self.ranges, index)
        for each in self.families:
            k, b, n = (
                values_of(piece, self.ranges, where.get(piece.variable or "", index))
                for piece in (each.coefficient, each.base, each.exponent)
            )
            base, power = roots(b)
            k, taken = without(k, base)
            yield k
            yield base
            yield n.astype(np.int64) * power + taken


def _looked_up(table: NDArray[Any], piece: Affine, where: Mapping[str, Rows]) -> Any:
    """The entries of a table by place; its only entry for a constant."""
    return table[0] if piece.variable is None else table[where[piece.variable]]


def _log2(values: NDArray[Any]) -> Floats:
    if values.dtype == object:
        return np.array([log2(value) for value in values.tolist()])
    return np.log2(values.astype(np.float64))


def _powers(base: Rows, exponent: Any) -> Rows:
    """base^exponent modulo _PRIME, element by element."""
    exponent = exponent + np.zeros(base.size, dtype=np.int64)
    power = np.ones(base.size, dtype=np.int64)
    while exponent.any():
        power = np.where(exponent & 1, power * base % _PRIME, power)
        base = base * base % _PRIME
        exponent = exponent >> 1
    return power
