"""Who this worker is: an id made at each start, never the name of the node."""

from __future__ import annotations

import os
import socket
import uuid
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from django.conf import settings

import darkreach
from fleet import logs
from fleet.models import Worker
from searches.clock import ledger_now


@dataclass(frozen=True)
class Identity:
    """A worker process group, as its parent process knows it."""

    worker: str = field(default_factory=lambda: uuid.uuid4().hex)
    hostname: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    queues: tuple[str, ...] = ()
    slots: int = 1
    #: Its name among Celery's workers, which is not unique over time.
    node: str = ""
    #: What its host is made of, what it may use, how fast it is.
    hardware: dict[str, Any] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        """For the heartbeat: plain data."""
        return {
            **asdict(self),
            "queues": list(self.queues),
            "hardware_class": settings.HARDWARE_CLASS,
            "version": darkreach.__version__,
        }


# Set once in the parent before the pool forks; the children inherit it.
_identity: Identity | None = None


def become(
    queues: list[str],
    slots: int,
    node: str = "",
    hardware: dict[str, Any] | None = None,
) -> Identity:
    """A new identity for the worker that starts in this process."""
    global _identity
    _identity = Identity(
        queues=tuple(sorted(queues)), slots=slots, node=node, hardware=hardware or {}
    )
    logs.always(worker=_identity.worker)
    return _identity


def resize(slots: int) -> None:
    """The same worker does so many blocks at once from now on."""
    global _identity
    _identity = replace(current(), slots=slots)


def current() -> Identity:
    """This worker; a process outside Celery gets an identity of its own."""
    return _identity or become([], 1)


def register() -> str:
    """Make sure that the ledger knows this worker; returns its id."""
    me = current()
    row = row_of(me.describe(), ledger_now())
    Worker.objects.bulk_create([row], ignore_conflicts=True)
    return me.worker


def row_of(description: dict[str, Any], now: datetime) -> Worker:
    """The ledger's row for a worker as its heartbeat describes it."""
    return Worker(
        id=description["worker"],
        hostname=description["hostname"][:200],
        pid=description["pid"],
        queues=description["queues"],
        slots=description["slots"],
        hardware_class=description["hardware_class"],
        hardware=description.get("hardware", {}),
        software={"program": "darkreach", "version": description["version"]},
        started_at=now,
        seen_at=now,
    )
