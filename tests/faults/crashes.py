"""Crash points: the connection to the ledger breaks at one chosen moment.

The moments of an operation are its statements and its commits, counted from 1. At each,
the connection can break before ("abort": the ledger never heard of it) or after
("lost": the ledger did it, and the answer never came). Whatever the server had not
committed is gone, as after a crash of the process or of the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import Error, OperationalError, connection

WAYS = ("abort", "lost")


class Crash(OperationalError):
    """What the code under test sees: an error of the connection."""


class Breaker:
    """Breaks the connection at the `moment`-th statement or commit."""

    def __init__(self, moment: int, way: str) -> None:
        self.moment, self.way = moment, way
        self.seen = 0
        self._dead: object = None

    @property
    def broke(self) -> bool:
        return self._dead is not None

    def around(self, act: Callable[[], Any]) -> Any:
        """Count one statement or commit, and break there if it is its turn."""
        if self.broke and connection.connection is self._dead:
            raise Crash("this connection is broken")
        self.seen += 1
        if self.seen != self.moment:
            return act()
        if self.way == "lost":
            act()
        self._dead = connection.connection
        connection.connection.rollback()  # as the server does when a client is gone
        raise Crash(f"{self.way} at moment {self.moment}")

    def statement(
        self, execute: Any, sql: str, parameters: Any, many: bool, context: Any
    ) -> Any:
        """For connection.execute_wrapper."""
        return self.around(lambda: execute(sql, parameters, many, context))


@contextmanager
def crash_at(moment: int, way: str) -> Iterator[Breaker]:
    """Errors of the connection end the block quietly; a new connection follows."""
    connection.ensure_connection()
    breaker = Breaker(moment, way)
    commit = connection._commit
    connection._commit = lambda: breaker.around(commit)
    try:
        with connection.execute_wrapper(breaker.statement):
            yield breaker
    except Error:
        assert breaker.broke, "an error without a crash"
    finally:
        del connection._commit
        connection.close()


def crash_points(way: str) -> Iterator[tuple[int, Any]]:
    """For every moment of an operation until one run of it stays whole."""
    moment = 1
    while True:
        point = crash_at(moment, way)
        breakers: list[Breaker] = []

        @contextmanager
        def noted(point: Any = point, into: list[Breaker] = breakers) -> Iterator[None]:
            with point as breaker:
                into.append(breaker)
                yield

        yield moment, noted()
        assert breakers, "the operation was not tried at this point"
        if not breakers[0].broke:
            return
        moment += 1
