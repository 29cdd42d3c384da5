"""The heartbeat of a worker: who it is, what it does, how its host feels.

While the bell is away the pauses grow from HEARTBEAT to five minutes, with jitter, so
that a thousand workers do not come back in the same second.
"""

from __future__ import annotations

import logging
import random
import threading

import redis
from django.conf import settings

from fleet import bell, fitness, identity, sensors
from fleet.board import board

log = logging.getLogger(__name__)
#: The longest pause between two heartbeats while the bell is away, seconds.
LONGEST_PAUSE = 300.0
_JITTER = 0.2


class Backoff:
    """Pauses after failures in a row: doubled each time up to a longest."""

    def __init__(self, first: float, longest: float = LONGEST_PAUSE) -> None:
        self._first = first
        self._longest = longest
        self.failures = 0

    def failed(self) -> tuple[float, bool]:
        """The pause now, in seconds, and whether it is longer than the one before."""
        before = self._step()
        self.failures += 1
        pause = self._step()
        jitter = random.uniform(1 - _JITTER, 1)
        return pause * jitter, self.failures == 1 or pause > before

    def _step(self) -> float:
        return min(self._first * 2.0 ** max(0, self.failures - 1), self._longest)

    def succeeded(self) -> int:
        """How many failures this ends; the next one counts as the first."""
        ended, self.failures = self.failures, 0
        return ended


class Heart(threading.Thread):
    """Beats in the parent process for as long as the worker runs."""

    def __init__(self) -> None:
        super().__init__(name="heart", daemon=True)
        self._stopped = threading.Event()
        self._backoff = Backoff(settings.HEARTBEAT)

    def run(self) -> None:
        pause = 0.0
        while not self._stopped.wait(pause):
            pause = self.beat()

    def beat(self) -> float:
        """Beat once; the seconds until the next time."""
        try:
            bell.heartbeat(describe())
        except redis.RedisError as error:
            pause, longer = self._backoff.failed()
            if longer:
                log.warning("no heartbeat, next in %.0f s: %s", pause, error)
            return pause
        missed = self._backoff.succeeded()
        if missed:
            log.warning("the bell is back after %s missed heartbeats", missed)
        return float(settings.HEARTBEAT)

    def stop(self) -> None:
        """Stop beating and say farewell, if the bell listens."""
        self._stopped.set()
        try:
            bell.farewell(identity.current().worker)
        except redis.RedisError:
            log.info("the bell is away: no farewell")


def describe() -> dict[str, object]:
    """What a heartbeat says."""
    return {
        **identity.current().describe(),
        **sensors.read(),
        "paused": board.paused or board.draining,
        "unfit": fitness.reason() if board.paused else "",
        "doing": board.shown(),
    }
