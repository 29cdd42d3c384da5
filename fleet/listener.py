"""Listens in a worker's main process: somebody says "look at the ledger".

Its connection is another one than Celery's, so it also notices when that one is dead.

The bell wakes it at once. While the bell is away it looks as often as leases are
renewed, so that a command arrives late instead of never, and once more when the bell is
back: what was rung in between is lost.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from fleet import bell, commands, identity, obedience
from fleet.board import board
from fleet.ears import Ears

log = logging.getLogger(__name__)
#: Seconds of one wait for the bell, of the first after it was away, and between two
#: tries to reach it.
_WAIT, _FIRST_WAIT, _RETRY = 5, 1, 2.0


class Listener(threading.Thread):
    """Takes and obeys the commands of one worker until stopped."""

    def __init__(self, worker: str) -> None:
        super().__init__(name="listener", daemon=True)
        self._worker = worker
        self._ears = Ears(identity.current().queues)
        self._stopped = threading.Event()
        self._idle = 0
        self._away = False
        self._looked = 0.0

    def run(self) -> None:
        self.look()
        while not self._stopped.is_set():
            if self._wait():
                self.look()
            self._leave_when_drained()
            self._restart_when_deaf()

    def _wait(self) -> bool:
        """Is it time to look?"""
        try:
            told = bell.await_look(self._worker, _FIRST_WAIT if self._away else _WAIT)
        except redis.RedisError:
            self._away = True
            self._stopped.wait(_RETRY)
            return time.monotonic() - self._looked >= settings.LEASE_RENEWAL
        told, self._away = told or self._away, False
        return told

    def look(self) -> None:
        """Let the children ask about their leases, and obey what waits for us."""
        self._looked = time.monotonic()
        board.look()
        try:
            while not self._stopped.is_set():
                command = commands.take(self._worker)
                if command is None:
                    return
                commands.answer(command.pk, *self._obey(command.kind, command.argument))
        except (DatabaseError, InterfaceError) as error:
            log.warning("commands wait: %s", error)
        finally:
            # No session stays open in a process that forks.
            connection.close()

    def _obey(self, kind: str, argument: dict[str, object]) -> tuple[bool, str]:
        log.warning("told to %s %s", kind, argument or "")
        try:
            return True, obedience.obey(kind, argument)
        except obedience.Refused as error:
            return False, str(error)
        except Exception as error:
            log.exception("command %s failed", kind)
            return False, f"{type(error).__name__}: {error}"

    def _leave_when_drained(self) -> None:
        """Seen idle twice: a child may hold a block that it does not show yet."""
        self._idle = self._idle + 1 if board.draining and not board.shown() else 0
        if self._idle >= 2 and not self._stopped.is_set():
            self._stopped.set()
            os.kill(os.getpid(), signal.SIGTERM)

    def _restart_when_deaf(self) -> None:
        if not self._stopped.is_set() and self._ears.deaf():
            log.error("rings lie on its queues and none arrives: starts again")
            self._stopped.set()
            obedience.restart()

    def stop(self) -> None:
        """No more commands; one that is being obeyed ends."""
        self._stopped.set()
