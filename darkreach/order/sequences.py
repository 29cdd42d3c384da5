"""The numbers of consecutive positions, as columns and grouped by their k and b."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkreach.order.places import changes, roots, without

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sequence:
    """The numbers k*b^n+c for these n, at these positions (ascending). b is no perfect
    power and does not divide k."""

    k: int
    b: int
    c: int
    n: Rows
    index: Rows


@dataclass(frozen=True, slots=True)
class Columns:
    """The numbers k*b^n+c of consecutive positions, as the order writes them, not
    normalised. Arrays of whole numbers, of objects where they pass 64 bits."""

    k: NDArray[Any]
    b: NDArray[Any]
    n: Rows
    c: int
    index: Rows


def grouped(columns: Columns) -> Iterator[Sequence]:
    """The same numbers with normalised k and b, each pair of them once."""
    count = columns.index.size
    if not count:
        return
    # A run is a stretch of positions in which the order writes one k and one b.
    runs = np.flatnonzero(changes(columns.k) | changes(columns.b))
    lengths = np.diff(runs, append=count)
    b, power = roots(columns.b[runs])
    k, taken = without(columns.k[runs], b)
    pair = _numbered(k) * runs.size + _numbered(b)
    run = np.repeat(np.arange(runs.size), lengths)
    n = columns.n * power[run] + taken[run]
    rows = np.argsort(pair[run], kind="stable")
    n, index, run = n[rows], columns.index[rows], run[rows]
    starts = np.flatnonzero(changes(pair[run]))
    heads = run[starts].tolist()
    ends = [*starts[1:].tolist(), count]
    for start, end, head in zip(starts.tolist(), ends, heads, strict=True):
        yield Sequence(
            int(k[head]), int(b[head]), columns.c, n[start:end], index[start:end]
        )


def _numbered(values: NDArray[Any]) -> Rows:
    """Equal values get equal numbers, counted from 0."""
    return np.unique(values, return_inverse=True)[1].astype(np.int64)
