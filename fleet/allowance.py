"""What a worker may use of its host: threads, niceness, memory, processor time.

The memory limit is the kernel's, on what a process writes to: a block that wants more
gets a MemoryError, fails, and is quarantined after its third loss. Linux and macOS.
"""

from __future__ import annotations

import logging
import os
import resource
import time

from django.conf import settings

from darkreach.arithmetic import threads
from fleet import stopping

log = logging.getLogger(__name__)


def memory_of_slot(slots: int) -> int | None:
    """MB that one block may use; None: as much as there is."""
    return settings.MAX_MEMORY // max(slots, 1) if settings.MAX_MEMORY else None


def apply(slots: int) -> None:
    """To be called in a process that computes, before it does."""
    threads.allow(settings.THREADS)
    if settings.NICE:
        os.setpriority(os.PRIO_PROCESS, 0, settings.NICE)
    memory = memory_of_slot(slots)
    if memory is None:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (memory * 2**20, hard))
    except (OSError, ValueError) as error:
        log.warning("memory is not limited to %s MB: %s", memory, error)


class Throttle:
    """Pauses between the steps of a block, so that computing gets its share only."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def pause(self) -> None:
        """After a step: sleep as long as the share demands."""
        if settings.MAX_CPU < 100:
            worked = time.monotonic() - self._began
            stopping.sleep(worked * (100 / settings.MAX_CPU - 1))
            self._began = time.monotonic()
