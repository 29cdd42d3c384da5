"""The scheduler of `celery beat`: any number of them, one leads, the others stand by.

Only the newest slot of a task is ever sent, so nothing bursts after a pause, and none
while many wait for a coordinator: times of expiry would be compared by clocks of two
hosts. A new leader may send a slot that the old one sent already: it runs once
(`fleet.schedule`).
"""

from __future__ import annotations

import logging
import signal
import threading
from types import FrameType

from celery import beat
from django.conf import settings

from fleet import bell, leader, schedule

log = logging.getLogger(__name__)

#: Seconds between two looks of a scheduler that stands by, or could not send.
_RETRY = 1.0
#: Messages that may wait for the coordinators: a minute of the schedule.
_MOST_WAITING = 100
# Celery sleeps at least so long, lest a tick come just before the slot it waits for.
_SHORTEST = 0.01


class Scheduler(beat.Scheduler):  # type: ignore[misc]
    """Sends the slots of settings.SCHEDULE while it leads."""

    def setup_schedule(self) -> None:
        # An embedded scheduler was forked: the parent's sockets are not ours.
        bell.client.cache_clear()
        self._lock = leader.lock()
        self._led = False
        self._sent: dict[str, float] = {}
        _end_in_order()

    def tick(self, *_: object, **__: object) -> float:
        """Send what is due; the seconds until the next slot."""
        now = self._lock.leads()
        self._tell(now is not None)
        if now is None:
            return _RETRY
        for task, every in settings.SCHEDULE.items():
            slot = schedule.slot_at(now, every)
            if self._sent.get(task) != slot:
                if not self._send(task, slot):
                    return _RETRY
                self._sent[task] = slot
        waits = [every - now % every for every in settings.SCHEDULE.values()]
        return max(_SHORTEST, min(*waits, settings.LEADER_TTL / 3))

    def _send(self, task: str, slot: float) -> bool:
        queue = settings.COORDINATOR_QUEUE
        try:
            if bell.lengths([queue])[queue] >= _MOST_WAITING:
                return False
            self.app.send_task(
                f"fleet.tasks.{task}",
                kwargs={"slot": slot},
                queue=queue,
                retry=False,
                ignore_result=True,
                producer=self.producer,
            )
        except Exception as error:  # whatever it is, the schedule goes on
            log.warning("%s is not sent: %s", task, error)
            return False
        return True

    def _tell(self, leads: bool) -> None:
        if leads != self._led:
            log.warning("leads the schedule" if leads else "no longer leads")
            self._led = leads

    def close(self) -> None:
        self._lock.give_up()
        super().close()


def _end_in_order() -> None:
    """Inside a worker celery ends its scheduler by a bare TERM: give the lock back."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit

    main = threading.current_thread() is threading.main_thread()
    if main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, leave)
