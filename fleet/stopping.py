"""Stopping in good order: the pool's processes learn of it between two steps.

The flag is made before the pool forks. Celery's warm shutdown sets it in the parent
(`fleet.lifecycle`); the runner then saves a checkpoint, releases its lease and returns.
"""

from __future__ import annotations

import mmap
import time

# Seconds between two looks whether the worker stops.
_LOOK_EVERY = 0.2


class Flag:
    """One byte that all forked processes share.

    Without a lock, unlike multiprocessing.Event: a process that is killed or frozen
    while it looks must not keep the others from looking, nor the parent from setting.
    """

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 1)

    def set(self) -> None:
        self._shared[0] = 1

    def clear(self) -> None:
        self._shared[0] = 0

    def is_set(self) -> bool:
        return self._shared[0] != 0


stopping = Flag()


def sleep(seconds: float) -> None:
    """Sleep, but not through the request to stop."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not stopping.is_set():
        time.sleep(min(left, _LOOK_EVERY))
