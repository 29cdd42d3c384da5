"""Keeps a lease alive while the block computes.

A thread of the computing process renews, so that neither a compilation nor one long
call into C loses the lease. While the ledger is away it keeps trying: the worker goes
on computing, and the ledger decides later whether the lease still counts.
"""

from __future__ import annotations

import logging
import threading
from types import TracebackType

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from fleet import leases
from fleet.leases import Grant

log = logging.getLogger(__name__)
# Seconds until the next try when the ledger does not answer.
_RETRY = 3.0


class Keeper(threading.Thread):
    """Renews one lease every LEASE_RENEWAL seconds until stopped or lost."""

    def __init__(self, grant: Grant, estimate: float) -> None:
        super().__init__(name=f"keeper of block {grant.block}", daemon=True)
        self._grant = grant
        self._estimate = estimate
        self._ended = threading.Event()
        self.progress = 0.0
        self.current = ""
        self.lost = False

    def run(self) -> None:
        pause = float(settings.LEASE_RENEWAL)
        try:
            while not self._ended.wait(pause) and not self.lost:
                pause = self._renew()
        finally:
            connection.close()

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
        self._ended.set()
