"""Ways in which a ledger goes away for a while, and comes back."""

from __future__ import annotations

import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection


@contextmanager
def in_background(target: Callable[[], None]) -> Iterator[None]:
    """Run it beside the test, and wait for its end.

    The faults themselves belong to the main thread: a server that is started ends
    with the thread that started it.
    """
    thread = threading.Thread(target=target)
    thread.start()
    try:
        yield
    finally:
        thread.join()


class Outages:
    """The faults of the ledger of this run, PostgreSQL or SQLite."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self.is_sqlite = connection.vendor == "sqlite"
        self._name = str(connection.settings_dict["NAME"])
        self._cluster = None if self.is_sqlite else request.getfixturevalue("postgres")

    def power_cut(self, seconds: float) -> None:
        """PostgreSQL dies without a word and comes back later.

        SQLite has no server: there somebody else writes for so long.
        """
        if self._cluster is None:
            self._lock(seconds)
            return
        self._cluster.stop(signal.SIGQUIT)
        time.sleep(seconds)
        self._cluster.start()

    def freeze(self, seconds: float) -> None:
        """It keeps its connections and answers nobody."""
        if self._cluster is None:
            self._lock(seconds)
            return
        self._cluster.freeze()
        try:
            time.sleep(seconds)
        finally:
            self._cluster.thaw()

    def cut_connections(self) -> None:
        """Every session of this ledger ends in the middle of what it does."""
        if self._cluster is None:
            return
        import psycopg2

        outside = psycopg2.connect(self._cluster.url("postgres"))
        try:
            with outside.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = %s",
                    [self._name],
                )
        finally:
            outside.close()

    def _lock(self, seconds: float) -> None:
        ledger = sqlite3.connect(self._name, timeout=60)
        try:
            ledger.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)
            ledger.rollback()
        finally:
            ledger.close()
