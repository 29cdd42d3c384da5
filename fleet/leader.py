"""Which of several schedulers leads: a lock in the ledger, or in the bell with SQLite.

A leader that is killed loses the lock with its connection, or after LEADER_TTL; one
that freezes loses it after LEADER_TTL. Two leaders for a moment do no harm: a slot has
one row (`fleet.schedule`).
"""

from __future__ import annotations

import logging
import time
import uuid
from contextlib import suppress
from typing import Any, Protocol

import psycopg2
import redis
from django.conf import settings
from django.db import connection

from fleet import bell

log = logging.getLogger(__name__)

#: Any number, the same for all schedulers of a ledger.
_KEY = 0x6461726B
_LOCK = "darkreach:leader"
# Prolongs the lock only if it is still ours.
_RENEW = """
if redis.call('get', KEYS[1]) == ARGV[1] then
    return redis.call('pexpire', KEYS[1], ARGV[2])
end
return 0
"""


class Lock(Protocol):
    """At most one holder, which must ask more often than every LEADER_TTL seconds."""

    def leads(self) -> float | None:
        """The ledger's time in seconds since 1970 if we lead, else None."""

    def give_up(self) -> None:
        """Let another one lead at once."""


class LedgerLock:
    """An advisory lock of PostgreSQL, on a session of its own.

    The server ends a session that is silent for LEADER_TTL, so a frozen leader is
    deposed and finds its session closed when it wakes up.
    """

    def __init__(self) -> None:
        self._session: Any = None
        self._holds = False

    def leads(self) -> float | None:
        try:
            return self._ask()
        except psycopg2.Error as error:
            log.warning("no leader lock: %s", str(error).strip())
            self.give_up()
            return None

    def _ask(self) -> float | None:
        if self._session is None:
            self._session = _connect()
        with self._session.cursor() as cursor:
            if not self._holds:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [_KEY])
                (self._holds,) = cursor.fetchone()
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
            (now,) = cursor.fetchone()
        return float(now) if self._holds else None

    def give_up(self) -> None:
        session, held = self._session, self._holds
        self._session, self._holds = None, False
        if session is None:
            return
        with suppress(psycopg2.Error):
            if held:  # the server would notice a closed session a moment later
                with session.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [_KEY])
        with suppress(psycopg2.Error):
            session.close()


def _connect() -> Any:
    """A session of the ledger that is not behind a pooler."""
    if settings.DIRECT_DATABASE_URL:
        session = psycopg2.connect(settings.DIRECT_DATABASE_URL, connect_timeout=5)
    else:
        parameters = connection.get_connection_params()
        session = psycopg2.connect(**parameters)
    session.autocommit = True
    with session.cursor() as cursor:
        limit = f"{1000 * settings.LEADER_TTL}"
        cursor.execute("SELECT set_config('idle_session_timeout', %s, false)", [limit])
    return session


class BellLock:
    """A key of the bell that expires unless it is prolonged."""

    def __init__(self) -> None:
        self._name = uuid.uuid4().hex

    def leads(self) -> float | None:
        lasting = 1000 * settings.LEADER_TTL
        try:
            client = bell.client()
            ours: Any = client.eval(_RENEW, 1, _LOCK, self._name, lasting)
            if not ours:
                ours = client.set(_LOCK, self._name, nx=True, px=lasting)
        except redis.RedisError as error:
            log.warning("no leader lock: %s", error)
            return None
        # A ledger of SQLite has this host's clock.
        return time.time() if ours else None

    def give_up(self) -> None:
        with suppress(redis.RedisError):
            bell.client().eval(_RENEW, 1, _LOCK, self._name, 0)


def lock() -> Lock:
    """The lock that suits the ledger."""
    return LedgerLock() if connection.vendor == "postgresql" else BellLock()
