"""The hub of one web process: one subscription to the bell serves all its readers.

The hub knows the number that it told last. A message with a later one than the next
means that some were missed: they are read from the ledger first. While the bell is
silent or away the ledger is asked every few seconds, so nothing depends on the bell but
speed.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from darkreach_site.live import ledger
from darkreach_site.live.frames import frame
from darkreach_site.live.reader import Reader
from fleet import bell

log = logging.getLogger(__name__)

#: Readers of one process.
MOST_READERS = 2000
#: Events kept in memory for readers that come back.
REMEMBERED = 2000
#: Seconds between two looks at the ledger while the bell says nothing.
_LOOK = 5.0
#: Seconds until the bell is tried again, which is also a look.
_RETRY = 2.0
#: Seconds that a reader waits for the hub to start.
_START = 2.0


class Hub:
    """Follows the published sequence and hands each event to who wants it."""

    def __init__(self) -> None:
        self.readers: set[Reader] = set()
        self.recent: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)
        self.last = 0
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def join(self, reader: Reader) -> int:
        """Hand events to this reader from now on; returns the last number told.

        TimeoutError when the hub cannot start, for want of the ledger.
        """
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow())
        await asyncio.wait_for(self._ready.wait(), _START)
        self.readers.add(reader)
        return self.last

    def leave(self, reader: Reader) -> None:
        self.readers.discard(reader)

    async def _follow(self) -> None:
        while True:
            try:
                await self._listen()
            except (redis.RedisError, OSError) as error:
                log.warning("live events without the bell: %s", error)
            except (DatabaseError, InterfaceError) as error:
                log.warning("live events wait for the ledger: %s", error)
            await asyncio.sleep(_RETRY)
            with suppress(DatabaseError, InterfaceError):
                await self._catch_up()

    async def _listen(self) -> None:
        """Tell what the bell says, until it goes away."""
        client = redis.asyncio.Redis.from_url(settings.BELL_URL, **_options())
        listener = client.pubsub(ignore_subscribe_messages=True)
        try:
            await self._catch_up()
            await listener.subscribe(bell.EVENTS)
            await self._catch_up()
            while True:
                message = await listener.get_message(timeout=_LOOK)
                if message is None:
                    await self._catch_up()
                else:
                    await self._hear(json.loads(message["data"]))
        finally:
            with suppress(redis.RedisError, OSError):
                await listener.aclose()
                await client.aclose()

    async def _hear(self, event: dict[str, Any]) -> None:
        sequence = event["sequence"]
        if sequence is None:
            self._tell(event)
        elif sequence == self.last + 1:
            self._remember(event)
        elif sequence > self.last:
            await self._catch_up()

    async def _catch_up(self) -> None:
        """Tell what the ledger has beyond the last number told."""
        if not self._ready.is_set():
            self.last = await ledger.newest()
            self._ready.set()
            return
        while events := await ledger.after(self.last):
            for event in events:
                self._remember(event)
            if len(events) < ledger.BATCH:
                return

    def _remember(self, event: dict[str, Any]) -> None:
        self.last = event["sequence"]
        self.recent.append(event)
        self._tell(event)

    def _tell(self, event: dict[str, Any]) -> None:
        text = frame(event)
        for reader in self.readers:
            if reader.wants(event["search"]):
                reader.put(event["sequence"], text)


def _options() -> dict[str, Any]:
    """The waiting is done by get_message; everything else is bounded as elsewhere."""
    return {**settings.BELL_OPTIONS, "retry": Retry(NoBackoff(), 0)}


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of this process, or more exactly of its event loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
