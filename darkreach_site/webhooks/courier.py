"""The courier: a thread of each coordinator that delivers events.

It waits for nobody: each attempt is a task of its loop, and a receiver that is slow
takes only its own share of them. It keeps no session of the database between questions,
since its process forks.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from django.db import DatabaseError, InterfaceError, connection

from darkreach_site.webhooks import deliveries, sending
from darkreach_site.webhooks.deliveries import Attempt

log = logging.getLogger(__name__)

#: Attempts that one courier makes at the same time.
MOST = 32
#: And those of them that may be of one webhook.
SHARE = 6
#: Seconds between two looks for events, and after the ledger was away.
LOOK = 1.0
AWAY = 3.0

T = TypeVar("T")


class Courier(threading.Thread):
    """Delivers until it is stopped; what it was sending then is sent again."""

    def __init__(self, look: float = LOOK) -> None:
        super().__init__(name="courier", daemon=True)
        self._look = look
        self._stopped = threading.Event()
        #: What is being sent, and to which webhook.
        self._sending: dict[asyncio.Task[None], int] = {}

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopped.set()

    def run(self) -> None:
        asyncio.run(self._work())

    async def _work(self) -> None:
        while not self._stopped.is_set():
            pause = self._look
            try:
                begun = await self._begin()
                if begun:
                    pause = 0.0
            except (DatabaseError, InterfaceError) as error:
                log.warning("webhooks wait for the ledger: %s", error)
                pause = AWAY
            await self._rest(pause)
        if self._sending:
            await asyncio.wait(self._sending)

    async def _begin(self) -> int:
        """Begin what is due and there is room for; returns how many."""
        await _ask(deliveries.fan_out)
        room, busy = MOST - len(self._sending), Counter(self._sending.values())
        claim = deliveries.claim
        attempts = await _ask(lambda: claim(room, SHARE, busy)) if room else []
        for attempt in attempts:
            task = asyncio.create_task(_deliver(attempt))
            self._sending[task] = attempt.webhook
            task.add_done_callback(self._sending.pop)
        return len(attempts)

    async def _rest(self, seconds: float) -> None:
        """Sleep, or until an attempt ends: the next event of its search may go."""
        if self._sending:
            first = asyncio.FIRST_COMPLETED
            await asyncio.wait(self._sending, timeout=seconds, return_when=first)
        else:
            await asyncio.sleep(seconds)


async def _deliver(attempt: Attempt) -> None:
    outcome = await sending.send(attempt.url, attempt.body, attempt.headers)
    # Not written: the event is sent once more, when this attempt has been given up.
    with suppress(DatabaseError, InterfaceError):
        await _ask(lambda: deliveries.settle(attempt, outcome))


async def _ask(question: Callable[[], T]) -> T:
    def closing() -> T:
        try:
            return question()
        finally:
            connection.close()

    return await asyncio.to_thread(closing)
