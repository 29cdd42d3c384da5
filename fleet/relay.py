"""Publishes the outbox: each event gets its place in the sequence, then is told.

Any number of relays wait for the bell and one is woken; a lock within the transaction
lets one number events at a time. What is told on the bell may be lost or repeated: the
ledger keeps every number, so whoever misses one reads it there (at least once).
"""

from __future__ import annotations

import json
import logging
import threading
from datetime import datetime
from typing import Any

import redis
from django.db import DatabaseError, InterfaceError, connection, transaction

from fleet import bell
from fleet.statements import run
from searches.clock import ledger_now
from searches.models import OutboxEvent

log = logging.getLogger(__name__)
#: Events that get their numbers in one transaction.
_BATCH = 500
#: Seconds of one wait for the bell, and between two looks while it is away.
_WAIT = 5
_AWAY = 2.0

Event = dict[str, Any]


def publish(now: datetime | None = None) -> int:
    """Publish all events that are due; returns how many."""
    count = 0
    while True:
        numbers = _number(now or ledger_now())
        count += len(numbers)
        if numbers:
            rows = OutboxEvent.objects.filter(sequence__in=numbers).order_by("sequence")
            bell.tell(json.dumps(described(row)) for row in rows)
        if len(numbers) < _BATCH:
            return count


@transaction.atomic
def _number(now: datetime) -> list[int]:
    with connection.cursor() as cursor:
        run(cursor, "lock_relay")
        run(cursor, "publish_events", now=now, limit=_BATCH)
        return sorted(number for (number,) in cursor.fetchall())


def described(row: OutboxEvent) -> Event:
    """A published event as everybody outside sees it."""
    assert row.sequence is not None
    assert row.published_at is not None
    return {
        "sequence": row.sequence,
        "kind": row.kind,
        "subject": row.subject,
        "search": row.search,
        "data": row.data,
        "at": row.created_at.isoformat(timespec="milliseconds"),
    }


class Relay(threading.Thread):
    """Publishes whenever an event was committed, until stopped."""

    def __init__(self) -> None:
        super().__init__(name="relay", daemon=True)
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.is_set():
            if self._wait() and not self._stopped.is_set():
                self._publish()

    def _wait(self) -> bool:
        """Is it time to publish? Without the bell: every few seconds."""
        try:
            return bell.await_event(_WAIT)
        except redis.RedisError:
            self._stopped.wait(_AWAY)
            return True

    def _publish(self) -> None:
        try:
            publish()
        except (DatabaseError, InterfaceError) as error:
            log.warning("events wait: %s", error)
        finally:
            # No session stays open in a process that forks.
            connection.close()

    def stop(self) -> None:
        """No more events; those that are being published are."""
        self._stopped.set()
