"""How many threads of this process may work at one squaring.

One, unless whoever owns the cores says more: two tests side by side do more than one by
two threads, so that is for a number that somebody waits for. Short transforms stay with
one thread whatever is allowed, for threads have to meet three times per squaring. Where
other programs want the same cores, two threads are slower than one.
"""

from __future__ import annotations

import os

from darkreach.errors import OrderError

MOST = 64
#: Length of the transform for each thread, at least (measured: benchmarks/README.md).
LENGTH_OF_ONE = 8 * 1024
_allowed = 1


def cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return min(MOST, len(os.sched_getaffinity(0)))
    return min(MOST, os.cpu_count() or 1)


def idle() -> int:
    """Cores that nobody used in the last minute; at least 1."""
    busy = round(os.getloadavg()[0]) if hasattr(os, "getloadavg") else 0
    return max(1, cores() - busy)


def allow(count: int | None) -> None:
    """So many from now on, in this process; None: as many as are idle now. OrderError
    for a number that makes no sense."""
    global _allowed
    wanted = idle() if count is None else count
    if not 1 <= wanted <= MOST:
        raise OrderError(f"{wanted} threads: must be 1 to {MOST}")
    _allowed = wanted


def allowed() -> int:
    return _allowed


def for_length(length: int) -> int:
    """Threads for a transform of so many reals."""
    return max(1, min(_allowed, length // LENGTH_OF_ONE))
