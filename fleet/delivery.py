"""Handing in results: into the spool first, then sent until answered."""

from __future__ import annotations

import logging
import random
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from darkreach.client.spool import Spool, SpoolError
from fleet import leases
from fleet.leases import Grant
from fleet.stopping import sleep, stopping
from fleet.submit import Outcome, UnknownLease, submit

log = logging.getLogger(__name__)

_AWAY = (OperationalError, InterfaceError)
_LONGEST_PAUSE = 30.0


@cache
def spool() -> Spool:
    """This folder's spool; each process opens it anew."""
    return Spool(Path(settings.HOME) / "spool.sqlite3")


def deliver(grant: Grant, result: dict[str, Any]) -> Outcome | None:
    """Send until accepted or refused. None: stopped first, the spool keeps it."""
    _keep(grant, result)
    pause = 0.5
    while True:
        try:
            return _send(grant, result)
        except _AWAY as error:
            log.warning("result of block %s waits: %s", grant.block, error)
            connection.close()
        if stopping.is_set():
            return None
        sleep(pause * random.uniform(0.5, 1.0))
        pause = min(2 * pause, _LONGEST_PAUSE)


def _keep(grant: Grant, result: dict[str, Any]) -> None:
    """A disk that takes nothing costs the safety net, not the result."""
    try:
        spool().put(grant.lease, vars(grant), result)
    except SpoolError as error:
        log.error("result of block %s is not kept here: %s", grant.block, error)


def _forget(grant: Grant) -> None:
    """A result that stays in the spool is sent again, and answered as before."""
    try:
        spool().remove(grant.lease)
    except SpoolError as error:
        log.error("result of block %s stays in the spool: %s", grant.block, error)


def send_pending() -> None:
    """Send what an earlier process of this folder could not."""
    try:
        pending = spool().pending()
    except SpoolError as error:
        log.error("spooled results wait: %s", error)
        return
    for finished in pending:
        try:
            _send(Grant(**finished.grant), finished.result)
        except _AWAY as error:
            log.warning("spooled results wait: %s", error)
            connection.close()
            return


def _send(grant: Grant, result: dict[str, Any]) -> Outcome | None:
    """One try. Whatever the ledger answers ends the matter."""
    try:
        outcome = submit(grant, result)
        if outcome["status"] == "refused":
            log.warning("block %s: refused: %s", grant.block, outcome["reason"])
    except UnknownLease:
        log.error("block %s: the ledger knows no such lease", grant.block)
        outcome = None
    except _AWAY:
        raise
    except Exception as error:
        log.exception("block %s: the result could not be stored", grant.block)
        leases.fail(grant, f"{type(error).__name__}: {error}")
        outcome = None
    _forget(grant)
    return outcome
