"""Does a worker still hear the bell?

Celery waits for rings on a connection on which it says nothing itself. If the other end
is gone without a word, nothing ever comes, and nobody notices. But the bell serves
those who wait at once: a worker that does nothing while rings lie on its queues, look
after look, is deaf, and starts again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import redis
from django.conf import settings

from fleet import bell
from fleet.board import board

#: Seconds of silence that make a worker deaf; coordinators may be busy for as long as
#: the longest task of the schedule.
PATIENCE, OF_COORDINATORS = 30.0, 660.0


class Ears:
    """Compares what lies on the queues with what arrives."""

    def __init__(self, queues: Sequence[str]) -> None:
        self._queues = queues
        keeps_house = settings.COORDINATOR_QUEUE in queues
        self._patience = OF_COORDINATORS if keeps_house else PATIENCE
        self._heard = -1
        self._since = 0.0

    def deaf(self, now: float | None = None) -> bool:
        """To be asked every few seconds. False while the bell is away."""
        now = time.monotonic() if now is None else now
        if self._heard != board.heard or not self._should_hear():
            self._heard, self._since = board.heard, now
        return now - self._since >= self._patience

    def _should_hear(self) -> bool:
        """Does something wait for a worker that does nothing?"""
        if board.paused or board.draining or board.shown():
            return False
        try:
            return any(bell.lengths(self._queues).values())
        except redis.RedisError:
            return False
