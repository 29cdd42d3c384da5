"""Keeps a lease alive while the block computes.

A thread of the computing process renews, so that neither a compilation nor one long
call into C loses the lease. While the ledger is away it keeps trying: the worker goes
on computing, and the ledger decides later whether the lease still counts.

It also sees to it that work stops in time, when the worker is told to or the lease is
gone: a process whose main thread is in one long call (it compiles, or the ledger takes
a large result) is ended.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from types import TracebackType
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from fleet import leases
from fleet.board import board
from fleet.leases import Grant
from fleet.stopping import stopping

log = logging.getLogger(__name__)
# Seconds until the next try when the ledger does not answer.
_RETRY = 3.0
# Seconds between two looks at the board; characters of an expression that it shows.
_LOOK_EVERY, _SHOWN = 0.5, 120
# Seconds in which the speed of a block shows.
_SPEED_AFTER = 1.0
#: Seconds after the request to stop in which a step has to end; in which its state or
#: its result has to be with the ledger; for giving a block back without its state.
_FOR_A_STEP, _FOR_THE_LEDGER, _FOR_A_RELEASE = 2.0, 2.7, 0.5
#: Seconds in which a step has to end whose lease is gone.
_FOR_A_DROP = 4.0
# Seconds between two looks then.
_HURRY = 0.1


class Keeper(threading.Thread):
    """Renews one lease every LEASE_RENEWAL seconds until stopped or lost.

    Also shows on the worker's board what is being done, and renews at once when the
    board says that there is a reason to look.
    """

    def __init__(
        self, grant: Grant, estimate: float, doing: dict[str, Any] | None = None
    ) -> None:
        super().__init__(name=f"keeper of block {grant.block}", daemon=True)
        self._grant = grant
        self._estimate = estimate
        self._doing = doing or {}
        self._ended = threading.Event()
        self._showing = threading.Lock()
        self._began = time.monotonic()
        self._looks = board.looks
        self._first: tuple[float, float] | None = None
        self.progress = 0.0
        self.current = ""
        self.lost = False
        #: The state or the result is on its way to the ledger.
        self.handing_in = False

    def run(self) -> None:
        due = self._began + settings.LEASE_RENEWAL
        self._show()
        told: float | None = None
        try:
            while not self._ended.wait(_HURRY if told else _LOOK_EVERY):
                if self.lost:
                    self._drop_in_time()
                    break
                self._show()
                if stopping.is_set():
                    told = told or time.monotonic()
                    self._end_in_time(time.monotonic() - told)
                if time.monotonic() >= due or self._looks != board.looks:
                    self._looks = board.looks
                    due = time.monotonic() + self._renew()
        finally:
            connection.close()

    def _drop_in_time(self) -> None:
        """The search was cancelled, or the block is another's: end this process if its
        main thread does not notice; the worker starts another one."""
        if self._ended.wait(_FOR_A_DROP) or self.handing_in:
            return
        log.warning("block %s is left: the lease is gone", self._grant.block)
        os._exit(0)

    def _end_in_time(self, waited: float) -> None:
        """End this process if its main thread does not; the block goes back to its last
        checkpoint. A result stays in the spool, and its lease runs out."""
        if waited < (_FOR_THE_LEDGER if self.handing_in else _FOR_A_STEP):
            return
        log.warning("block %s is left, it does not stop in time", self._grant.block)
        threading.Timer(_FOR_A_RELEASE, os._exit, [0]).start()
        try:
            if not self.handing_in:
                leases.release(self._grant)
        finally:
            os._exit(0)

    def _show(self) -> None:
        """Not after the end: the line belongs to the next block then."""
        doing = {
            "pid": os.getpid(),
            "block": self._grant.block,
            **self._doing,
            "progress": round(self.progress, 4),
            "current": self.current[:_SHOWN],
            "seconds": round(time.monotonic() - self._began, 1),
            "speed": self._speed(),
        }
        with self._showing:
            if not self._ended.is_set():
                board.show(doing)

    def _speed(self) -> float | None:
        """Numbers per second of this lease; a block may have begun elsewhere."""
        now = time.monotonic()
        if self._first is None and self.progress > 0.0:
            self._first = (self.progress, now)
        if self._first is None or now - self._first[1] < _SPEED_AFTER:
            return None
        share = (self.progress - self._first[0]) / (now - self._first[1])
        return float(f"{share * self._doing.get('count', 0):.3g}")

    def _renew(self) -> float:
        try:
            self.lost = not leases.renew(
                self._grant, self.progress, self.current, self._estimate
            )
        except (DatabaseError, InterfaceError) as error:
            log.warning("lease of block %s not renewed: %s", self._grant.block, error)
            connection.close()
            return _RETRY
        return float(settings.LEASE_RENEWAL)

    def __enter__(self) -> Keeper:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._showing:
            self._ended.set()
            board.clear()
