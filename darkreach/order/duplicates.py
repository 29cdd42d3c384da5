"""Which positions of an order stand for numbers that a lower position already has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from darkreach.forms import Family
from darkreach.forms.kbn import root
from darkreach.order.coincidences import Search
from darkreach.order.places import changes, values_of, without
from darkreach.order.ranges import Range

Rows = NDArray[np.int64]
Ranges = dict[str, Range]


def repeated(families: Sequence[Family], ranges: Ranges) -> Rows:
    """The positions, ascending, whose numbers a lower position has, in any order of the
    members. At once where a single variable varies, and quickly with a single base."""
    if all(each.is_proportional_to(families[0]) for each in families):
        families = families[:1]
    if _is_strict(families, ranges):
        return np.empty(0, dtype=np.int64)
    if len(families) == 1 and _is_grid(families[0], ranges):
        return _of_one_base(families[0], ranges)
    search = Search(families, ranges)
    found = [search.repeated(low, high) for low, high in search.windows()]
    positions = np.sort(np.concatenate(found))
    return positions[changes(positions)]


def _is_grid(each: Family, ranges: Ranges) -> bool:
    """Whether there is one base, and every k of the order goes with every n."""
    base, shared = each.base.variable, each.coefficient.variable
    if shared and shared == each.exponent.variable:
        return False
    return base is None or len(ranges[base]) == 1


def _of_one_base(each: Family, ranges: Ranges) -> Rows:
    """k1*b^n1 = k2*b^n2 only where both k are the same but for powers of b, t1 and t2
    of them, and n2 = n1 + t1 - t2. The position is place of k times number of n, plus
    place of n."""
    k, b, n = (
        values_of(piece, ranges)
        for piece in (each.coefficient, each.base, each.exponent)
    )
    base, power = root(int(b[0]))
    n = n.astype(np.int64) * power
    k, taken = without(k, base)
    order = np.argsort(k, kind="stable")
    k, taken = k[order], taken[order]
    found = np.zeros((k.size, n.size), dtype=bool)
    for lag in range(1, k.size):
        same = (k[lag:] == k[:-lag]).astype(bool)
        if not same.any():
            break
        shifts = (taken[lag:] - taken[:-lag])[same]
        later = order[lag:][same]
        for shift in np.unique(shifts).tolist():
            found[later[shifts == shift]] |= np.isin(n + shift, n)
    return np.flatnonzero(found).astype(np.int64)


def _is_strict(families: Sequence[Family], ranges: Ranges) -> bool:
    """Whether at most one variable varies, and then some members grow with it and none
    shrinks, or the other way round: so no two positions have the same sum."""
    varying = [name for name, values in ranges.items() if len(values) > 1]
    if len(varying) != 1:
        return not varying
    directions = {_direction(each, varying[0], ranges) for each in families}
    return 2 not in directions and len(directions - {0}) == 1


def _direction(each: Family, name: str, ranges: Ranges) -> int:
    """1 if the number grows with the variable, -1 if it shrinks, 0 if it stays, 2 if
    that cannot be said."""
    slopes = {
        1 if piece.slope > 0 else -1
        for piece in (each.coefficient, each.exponent)
        if piece.variable == name
    }
    if slopes:
        # Both signs: k grows with the variable while n shrinks.
        return slopes.pop() if len(slopes) == 1 else 2
    n = each.exponent
    exponent = n.at({n.variable: ranges[n.variable].last} if n.variable else {})
    if each.base.variable == name and exponent:
        return 1 if each.base.slope > 0 else -1
    return 0
