"""What is left to search for each prime of a window, in the order of the search.

A job is a row (of a prime), a line of cells, a group of classes of exponents and the
value whose logarithm is wanted. They are listed as they come and brought into order by
counting: the jobs of one row together, the rows by their number of classes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkreach.jit import kernel
from darkreach.sieve.lanes import Lanes
from darkreach.sieve.terms import Rows

_FEWEST = 2**12


@dataclass
class Jobs:
    """The jobs of one window, in the first ``count`` places of the arrays."""

    kind: Any  # of the values: np.float64 or np.uint64
    count: int = 0
    row: Rows = field(init=False)
    line: Rows = field(init=False)
    group: Rows = field(init=False)
    value: Lanes = field(init=False)

    def __post_init__(self) -> None:
        self.row, self.line, self.group = (
            np.empty(_FEWEST, dtype=np.int64) for _ in range(3)
        )
        self.value = np.empty(_FEWEST, dtype=self.kind)

    def grow(self) -> None:
        for name in ("row", "line", "group", "value"):
            old = getattr(self, name)
            setattr(
                self, name, np.concatenate([old, np.empty(3 * old.size, old.dtype)])
            )

    def arranged(self, rows: int, group_first: Rows) -> Arranged:
        """The order of the search for so many rows; group_first[n+1] - group_first[n]
        is the number of classes of group n."""
        first = np.zeros(rows + 1, dtype=np.int64)
        job = np.empty(self.count, dtype=np.int64)
        classes = np.zeros(rows, dtype=np.int64)
        count_classes(
            self.row[: self.count], self.group, group_first, first, job, classes
        )
        most = int(classes.max(initial=0))
        order = np.empty(int(np.count_nonzero(classes)), dtype=np.int64)
        by_classes(classes, np.zeros(most + 2, dtype=np.int64), order)
        return Arranged(first, job, order, most)


@dataclass(frozen=True)
class Arranged:
    """Row r has the jobs job[first[r]:first[r+1]]; order lists the rows that have any,
    by their number of classes, which is at most ``most``."""

    first: Rows
    job: Rows
    order: Rows
    most: int


@kernel("void(int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1])")
def count_classes(
    row: NDArray[np.int64],
    group: NDArray[np.int64],
    group_first: NDArray[np.int64],
    first: NDArray[np.int64],
    job: NDArray[np.int64],
    classes: NDArray[np.int64],
) -> None:
    """Fill first, job and classes from zeros: a counting sort of the jobs by row."""
    for i in range(row.size):
        first[row[i] + 1] += 1
        classes[row[i]] += group_first[group[i] + 1] - group_first[group[i]]
    for r in range(1, first.size):
        first[r] += first[r - 1]
    for i in range(row.size):  # first[r] runs up to first[r+1] ...
        job[first[row[i]]] = i
        first[row[i]] += 1
    for r in range(first.size - 1, 0, -1):  # ... and goes back one place
        first[r] = first[r - 1]
    first[0] = 0


@kernel("void(int64[::1], int64[::1], int64[::1])")
def by_classes(
    classes: NDArray[np.int64], place: NDArray[np.int64], order: NDArray[np.int64]
) -> None:
    """order = the rows with classes, by their number; place is zeros for the sort."""
    for n in classes:
        if n:
            place[n + 1] += 1
    for n in range(1, place.size):
        place[n] += place[n - 1]
    for r in range(classes.size):
        if classes[r]:
            order[place[classes[r]]] = r
            place[classes[r]] += 1
