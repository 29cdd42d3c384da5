"""One browser that follows events: a bounded queue, and what it asked for."""

from __future__ import annotations

import asyncio
from collections import deque

from darkreach_site.live.frames import lost

#: Events that wait for a slow reader; then the oldest are lost to it.
LONGEST = 256

Entry = tuple[int | None, bytes]


class Reader:
    """What the hub has for one reader, and how the reader waits for it."""

    def __init__(self, search: int | None = None, longest: int = LONGEST) -> None:
        self.search = search
        self._entries: deque[Entry] = deque(maxlen=longest)
        self._filled = asyncio.Event()
        self._lost: tuple[int, int] | None = None

    def wants(self, search: int | None) -> bool:
        return self.search is None or self.search == search

    def put(self, sequence: int | None, frame: bytes) -> None:
        """Add an event; a full queue drops its oldest one and remembers which."""
        if len(self._entries) == self._entries.maxlen:
            dropped = self._entries[0][0]
            if dropped is not None:
                first = self._lost[0] if self._lost else dropped
                self._lost = (first, dropped)
        self._entries.append((sequence, frame))
        self._filled.set()

    async def take(self, seconds: float) -> list[Entry]:
        """All that waits, after waiting for so long at most; nothing: time is up."""
        try:
            await asyncio.wait_for(self._filled.wait(), seconds)
        except TimeoutError:
            return []
        self._filled.clear()
        entries = list(self._entries)
        self._entries.clear()
        if self._lost is not None:
            entries.insert(0, (None, lost(*self._lost)))
            self._lost = None
        return entries
