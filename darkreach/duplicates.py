"""Which positions of an order stand for numbers that a lower position already has.

Equal numbers have equal logarithms, so the positions are sorted by the logarithm, and
only those that agree in it up to rounding are looked at further: first modulo a prime of
31 bits, then by their normalised k, b and n, which settles all numbers of one base, and
numbers of different bases (9*2^3 = 8*3^2) by their keys (`identity`).
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
from darkreach.forms.kbn import root
from darkreach.identity import number_key
from darkreach.ranges import Range

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
Ranges = Mapping[str, Range]

_PRIME = 2**31 - 1
#: Positions that are computed at once, and about how many are sorted at once.
_CHUNK = 2**20
_SORTED_AT_ONCE = 2**24
#: Logarithms of equal numbers differ by less than this, relative to the largest.
_ROUNDING = 16 * float(np.finfo(np.float64).eps)

_NONE: Rows = np.empty(0, dtype=np.int64)


def places(ranges: Ranges, index: Rows) -> dict[str, Rows]:
    """The place of each variable in its range, at these positions."""
    found: dict[str, Rows] = {}
    stride, size = 1, prod(len(values) for values in ranges.values())
    for name in reversed(ranges):
        digit = index if stride == 1 else index // stride
        stride *= len(ranges[name])
        found[name] = digit if stride == size else digit % len(ranges[name])
    return found


def repeated(families: Sequence[Family], ranges: Ranges) -> Rows:
    """The positions, ascending, whose numbers a lower position has, in any order of the
    members. At once where a single variable varies, or k of one base repeat nothing."""
    if all(each.is_proportional_to(families[0]) for each in families):
        families = families[:1]
    if _is_strict(families, ranges):
        return _NONE
    search = _Search(families, ranges)
    if search.active is not None and not search.active[1].any():
        return _NONE
    found = [search.repeated(low, high) for low, high in search.windows()]
    return np.unique(np.concatenate(found))


def _is_strict(families: Sequence[Family], ranges: Ranges) -> bool:
    """Whether at most one variable varies, and then some numbers grow with it and none
    shrinks, or the other way round: no two positions have the same sum."""
    varying = [name for name, values in ranges.items() if len(values) > 1]
    if len(varying) != 1:
        return not varying
    directions = {_direction(each, varying[0], ranges) for each in families}
    return directions != {0} and directions != {1, -1} and len(directions - {0}) == 1


def _direction(each: Family, name: str, ranges: Ranges) -> int:
    """1 if the number grows with the variable, -1 if it shrinks, 0 if it stays."""
    for piece in (each.coefficient, each.exponent):
        if piece.variable == name:
            return 1 if piece.slope > 0 else -1
    n = each.exponent
    exponent = n.at({n.variable: ranges[n.variable].last} if n.variable else {})
    if each.base.variable == name and exponent:
        return 1 if each.base.slope > 0 else -1
    return 0


@dataclass
class _Search:
    """One search for repeated positions, with tables over the values of variables."""

    families: Sequence[Family]
    ranges: Ranges

    def windows(self) -> Iterator[tuple[float, float]]:
        """Intervals of the logarithm that together hold all positions, with about
        _SORTED_AT_ONCE of them each."""
        if self._size <= _SORTED_AT_ONCE:
            yield -np.inf, np.inf
            return
        edges = np.linspace(-2.0, self._highest, 4097)
        counts = np.zeros(4096, dtype=np.int64)
        for index in self._chunks():
            counts += np.histogram(self._logarithms(index), edges)[0]
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
        far = np.diff(logarithm[order]) > slack
        alone = np.concatenate([[True], far]) & np.concatenate([far, [True]])
        return self._repeated_among(index[order[~alone]])

    @cached_property
    def active(self) -> tuple[str, NDArray[np.bool_]] | None:
        """Where only one base occurs: the variable of k, and for each of its places
        whether another k is the same but for powers of the base. Only those matter."""
        if len(self.families) > 1:
            return None
        k, b = self.families[0].coefficient, self.families[0].base
        bases = self._values(b)
        if k.variable is None or bases.size > 1:
            return None
        stripped = _without(self._values(k), root(int(bases[0]))[0])[0]
        _, inverse, counts = np.unique(
            stripped, return_inverse=True, return_counts=True
        )
        return k.variable, counts[inverse] > 1

    def _chunks(self) -> Iterator[Rows]:
        for first in range(0, self._size, _CHUNK):
            index = np.arange(first, min(first + _CHUNK, self._size), dtype=np.int64)
            if self.active is not None:
                name, wanted = self.active
                index = index[wanted[places(self.ranges, index)[name]]]
            yield index

    @cached_property
    def _size(self) -> int:
        return prod(len(values) for values in self.ranges.values())

    def _values(self, piece: Affine) -> NDArray[Any]:
        """All values of a coefficient, base or exponent, by place."""
        if piece.variable is None:
            return np.array([piece.offset])
        return piece.over(self.ranges[piece.variable].all())

    @cached_property
    def _tables(self) -> list[tuple[Floats, Floats, Rows]]:
        """log2 of the k, log2 of the b, and the n of each family, by place."""
        return [
            (
                _log2(self._values(each.coefficient)),
                _log2(self._values(each.base)),
                self._values(each.exponent).astype(np.int64),
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

    def _repeated_among(self, index: Rows) -> Rows:
        """The repeated ones of a few positions, exactly."""
        residue = self._residues(index)
        order = np.lexsort((index, residue))
        index, residue = index[order], residue[order]
        starts = np.concatenate([[True], np.diff(residue) != 0])
        group = np.cumsum(starts) - 1
        first = np.flatnonzero(starts)[group]
        same = np.ones(index.size, dtype=bool)
        for column in self._normalised(index):
            same &= (column == column[first]).astype(bool)
        mixed = np.bincount(group, weights=~same)[group] > 0
        clear = index[~mixed & ~starts]
        return np.concatenate([clear, self._by_keys(index[mixed])])

    def _by_keys(self, index: Rows) -> Rows:
        """The repeated ones of these positions, by the keys of their numbers."""
        where = places(self.ranges, index)
        seen: set[Any] = set()
        found = []
        for i in np.argsort(index).tolist():
            values = {n: self.ranges[n].at(int(p[i])) for n, p in where.items()}
            keys = sorted(number_key(each.member(values)) for each in self.families)
            if (key := tuple(keys)) in seen:
                found.append(int(index[i]))
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
        for each, (_, _, n) in zip(self.families, self._tables, strict=True):
            bases = [root(int(b)) for b in self._values(each.base)]
            base, power = (
                _looked_up(np.array(column), each.base, where)
                for column in zip(*bases, strict=True)
            )
            k = _looked_up(self._values(each.coefficient), each.coefficient, where)
            k, taken = _without(k + np.zeros(index.size, dtype=np.int64), base)
            yield k
            yield base + np.zeros(index.size, dtype=np.int64)
            yield _looked_up(n, each.exponent, where) * power + taken


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


def _without(values: NDArray[Any], base: Any) -> tuple[NDArray[Any], Rows]:
    """The values without all factors base, and how many these were."""
    values = values.copy()
    taken = np.zeros(values.size, dtype=np.int64)
    base = base + np.zeros(values.size, dtype=np.int64)
    left = np.flatnonzero(values % base == 0)
    while left.size:
        values[left] //= base[left]
        taken[left] += 1
        left = left[values[left] % base[left] == 0]
    return values, taken
