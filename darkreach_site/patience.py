"""No request waits for a frozen PostgreSQL.

A server that was stopped or cut off in the middle keeps its sockets open, and libpq
then waits for ever: connect_timeout and keepalives do not help on a loopback or Unix
socket. psycopg2 lets a process take over the waiting; we give every wait a deadline.
COPY is not possible in such a process, and the web needs none.
"""

from __future__ import annotations

import select
import time

import psycopg2
from psycopg2 import extensions


def limit_waits(seconds: float) -> None:
    """From now on each wait of this process for PostgreSQL ends after `seconds`.

    A wait that is cut off raises psycopg2.OperationalError and closes its connection.
    """

    def wait(connection: extensions.connection) -> None:
        deadline = time.monotonic() + seconds
        while True:
            state = connection.poll()
            if state == extensions.POLL_OK:
                return
            wanted = select.POLLIN if state == extensions.POLL_READ else select.POLLOUT
            poller = select.poll()
            poller.register(connection.fileno(), wanted)
            left = deadline - time.monotonic()
            if left <= 0 or not poller.poll(left * 1000):
                raise psycopg2.OperationalError(
                    f"the database did not answer within {seconds} s"
                )

    extensions.set_wait_callback(wait)


def wait_for_ever() -> None:
    """Back to libpq's own waiting."""
    extensions.set_wait_callback(None)
