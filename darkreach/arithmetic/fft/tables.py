"""Twiddle records of the nodes, and the weights of the digits.

Angles are computed in long double where the machine has one. A table holds a record of
`scalars_per_node` complex numbers per node, in heap order from node 1: a smaller node
with the same root uses the beginning of the same table.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkreach.arithmetic.fft.passes import (
    NODE_POWERS,
    lane_powers,
    lane_root,
    scalars_per_node,
)

Doubles = NDArray[np.float64]


def aligned(size: int) -> Doubles:
    """Zeros that begin on a cache line."""
    room = np.zeros(size + 8)
    start = -room.ctypes.data % 64 // 8
    return room[start : start + size]


def node_records(leaves: int, width: int, angle: Any) -> Doubles:
    """Powers of roots of rho(b) for the nodes b < 2*leaves below root angle `angle`."""
    count = scalars_per_node(width)
    angles = np.zeros(2 * leaves, dtype=np.longdouble)
    angles[1] = angle
    first = 1
    while first < leaves:
        half = angles[first : 2 * first] / 2
        angles[2 * first : 4 * first : 2] = half
        angles[2 * first + 1 : 4 * first : 2] = half + np.longdouble(0.5)
        first *= 2
    turn = 2 * np.arctan2(np.longdouble(0), np.longdouble(-1))
    parts = [power / (NODE_POWERS + 1) for power in range(1, NODE_POWERS + 1)]
    parts += [power / lane_root(width) for power in range(1, lane_powers(width) + 1)]
    records = np.zeros((2 * leaves, count, 2))
    for place, part in enumerate(parts):
        radians = turn * (angles * np.longdouble(part))
        records[:, place, 0] = np.cos(radians)
        records[:, place, 1] = np.sin(radians)
    return records.ravel()
