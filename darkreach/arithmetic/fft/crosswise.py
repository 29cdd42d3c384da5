"""Residues between the two orders of digits, a vector at a time.

Two transforms of one length, one negacyclic and one cyclic, hold the same words: the
first with the first half of them as real parts, the second with every other one
(`layout`). A cell of the cyclic one is two vectors of the negacyclic one, unravelled.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkreach.arithmetic.fft.layout import Layout, cell_address, cell_bytes
from darkreach.arithmetic.fft.native import Routine
from darkreach.arithmetic.fft.vectors import Memory, shuffled


@cache
def crosswise(width: int, down: bool) -> Routine:
    """Routine (negacyclic, cyclic, cells, -): copies cells of the cyclic order, from
    the negacyclic one (down) or to it. The first address includes the part."""
    both = range(2 * width)
    low = [lane for i in range(width) for lane in (i, i + width)]

    def body(memory: Memory, right: Any, cyclic: Any, cells: Any, unused: Any) -> None:
        size = 16 * width

        def cell(offset: Any, _: Any) -> list[Any]:
            there = memory.shifted(cyclic, offset)
            here = memory.shifted(memory.shifted(right, offset), offset)
            if down:
                a, b = memory.load(here), memory.load(here, size)
                memory.store(there, 0, shuffled(a, b, both[::2]))
                memory.store(there, size // 2, shuffled(a, b, both[1::2]))
            else:
                a, b = memory.load(there), memory.load(there, size // 2)
                memory.store(here, 0, shuffled(a, b, low[:width]))
                memory.store(here, size, shuffled(a, b, low[width:]))
            return []

        memory.loop(cells, size, [], cell)

    return Routine("cross_down" if down else "cross_up", width, 4, body)


def crossings(negacyclic: Layout, cyclic: Layout) -> NDArray[np.int64]:
    """Rows (bytes, bytes, cells) for `crosswise` that copy a residue: without gaps."""
    if (negacyclic.length, negacyclic.width) != (cyclic.length, cyclic.width):
        raise ValueError("the words of the two transforms differ")
    width, row = cyclic.width, cyclic.row_cells
    most = min(4096 // cell_bytes(width), row) // 2
    first = np.arange(0, cyclic.half // width, most, dtype=np.int64)
    right = 2 * first
    part = (right >= cyclic.half // width).astype(np.int64)
    right -= part * (cyclic.half // width)

    def places(layout: Layout, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        rows, rest = np.divmod(cells, row)
        starts = [cell_address(width, int(cell)) for cell in rest]
        return rows * layout.row_bytes + np.array(starts, dtype=np.int64)

    counts = np.full_like(first, most)
    here = places(negacyclic, right) + 8 * width * part
    return np.stack([here, places(cyclic, first), counts], axis=1)
