"""Published events read back from the ledger, without keeping a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.db import connection
from django.db.models import Max

from fleet.relay import described
from searches.models import OutboxEvent

#: Events that are read at a time.
BATCH = 500
#: Threads of one process that may read events at once, however many browsers ask.
_READERS = 4
_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = (
    WeakKeyDictionary()
)

T = TypeVar("T")


async def newest() -> int:
    """The last number that was given; 0 before the first."""
    return await _read(_newest)


async def after(
    sequence: int, search: int | None = None, until: int | None = None
) -> list[dict[str, Any]]:
    """The next events after `sequence`, at most BATCH, up to and with `until`."""
    return await _read(lambda: events_after(sequence, search, until, BATCH))


def events_after(
    sequence: int, search: int | None, until: int | None, most: int
) -> list[dict[str, Any]]:
    """The same for those who wait."""
    rows = OutboxEvent.objects.filter(sequence__gt=sequence)
    if search is not None:
        rows = rows.filter(search=search)
    if until is not None:
        rows = rows.filter(sequence__lte=until)
    return [described(row) for row in rows.order_by("sequence")[:most]]


def _newest() -> int:
    return OutboxEvent.objects.aggregate(last=Max("sequence"))["last"] or 0


async def _read(ask: Callable[[], T]) -> T:
    def closing() -> T:
        try:
            return ask()
        finally:
            connection.close()

    loop = asyncio.get_running_loop()
    gate = _gates.setdefault(loop, asyncio.Semaphore(_READERS))
    async with gate:
        return await sync_to_async(closing, thread_sensitive=False)()
