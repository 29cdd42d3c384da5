"""Digits carried over from one engine to another: two transforms of one length and one
base lay the same digits out in different orders.
"""

from __future__ import annotations

from typing import Any

import gmpy2
import numpy as np
from numpy.typing import NDArray

from darkreach.arithmetic.engines import Engine, Words
from darkreach.jit import kernel


@kernel("void(float64[::1], float64[::1], int64[:,::1], int64, int64, float64)")
def copy_runs(
    source: Any, target: Any, runs: Any, first: int, last: int, top: float
) -> None:
    """Copy runs of words; a run is (place in source, place in target, words). With a
    `top`, twice as often as the word `last` holds it comes off the word `first`."""
    for number in range(runs.shape[0]):
        here, there, count = runs[number, 0], runs[number, 1], runs[number, 2]
        for i in range(count):
            target[there + i] = source[here + i]
    if top != 0.0:
        target[first] -= 2.0 * np.rint(target[last] / top)


@kernel("void(float64[::1], float64[::1], float64[::1])")
def add_words(x: Any, y: Any, out: Any) -> None:
    """out = x + y, word by word; no carries."""
    for i in range(out.size):
        out[i] = x[i] + y[i]


KERNELS = (copy_runs, add_words)


def runs_between(here: NDArray[np.int64], there: NDArray[np.int64]) -> Any:
    """Rows (place, place, count) that take words at `here` to `there`."""
    order = np.argsort(here)
    here, there = here[order], there[order]
    breaks = (np.diff(here) != 1) | (np.diff(there) != 1)
    first = np.concatenate([[0], np.flatnonzero(breaks) + 1])
    count = np.diff(np.append(first, here.size))
    return np.ascontiguousarray(
        np.stack([here[first], there[first], count], axis=1), dtype=np.int64
    )


class Crossing:
    """Copies residues between two engines. Where the word of a whole base at the last
    digit (`top`) is given, j times 2^L + 1 is taken off a sum of residues."""

    def __init__(self, source: Engine, target: Engine, top: float = 0.0) -> None:
        here, there = source.layout.positions, target.layout.positions
        self.runs = runs_between(here, there)
        self._first, self._last, self.top = int(there[0]), int(there[-1]), top
        value = gmpy2.mpz(3) ** int(source.length) % (1 << source.length)
        same = source.load(value)[here], target.load(value)[there]
        if not np.allclose(*same, rtol=2.0**-50, atol=0.0):
            raise ValueError("the words of the two transforms differ")

    def __call__(self, source: Words, target: Words) -> None:
        copy_runs(source, target, self.runs, self._first, self._last, self.top)
