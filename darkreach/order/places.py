"""Positions of an order taken apart, and whole arrays of k and b normalised."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkreach.forms.affine import Affine
from darkreach.forms.kbn import root
from darkreach.order.ranges import Range

Rows = NDArray[np.int64]


def places(ranges: dict[str, Range], index: Rows) -> dict[str, Rows]:
    """The place of each variable in its range, at these positions."""
    found: dict[str, Rows] = {}
    stride, size = 1, prod(len(values) for values in ranges.values())
    for name in reversed(ranges):
        digit = index if stride == 1 else index // stride
        stride *= len(ranges[name])
        found[name] = digit if stride == size else digit % len(ranges[name])
    return found


def values_of(
    piece: Affine, ranges: Mapping[str, Range], where: Rows | None = None
) -> NDArray[Any]:
    """The values of a coefficient, base or exponent at these places of its variable, or
    at all of them in turn. A constant has one place."""
    if piece.variable is None:
        count = 1 if where is None else where.size
        fits = piece.offset.bit_length() < 64
        return np.full(count, piece.offset, dtype=np.int64 if fits else object)
    values = ranges[piece.variable]
    return piece.over(values.all() if where is None else values.take(where))


def changes(values: Rows) -> NDArray[np.bool_]:
    """Where a value differs from the one before it; the first one does."""
    differs = np.ones(values.size, dtype=bool)
    differs[1:] = values[1:] != values[:-1]
    return differs


def without(values: NDArray[Any], base: Any) -> tuple[NDArray[Any], Rows]:
    """The values without all factors base, and how many these were."""
    values = values.copy()
    if values.dtype == object:
        base = np.asarray(base).astype(object)
    taken = np.zeros(values.size, dtype=np.int64)
    base = np.broadcast_to(base, values.shape)
    left = np.flatnonzero(values % base == 0)
    while left.size:
        values[left] //= base[left]
        taken[left] += 1
        left = left[values[left] % base[left] == 0]
    return values, taken


def roots(bases: NDArray[Any]) -> tuple[NDArray[Any], Rows]:
    """The base without perfect powers, and the power, of each element."""
    distinct, place = np.unique(bases, return_inverse=True)
    pairs = [root(int(b)) for b in distinct]
    base = np.array([r for r, _ in pairs], dtype=bases.dtype)
    power = np.array([e for _, e in pairs], dtype=np.int64)
    return base[place], power[place]
