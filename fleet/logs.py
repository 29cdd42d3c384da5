"""What a line of the log is about: ids of worker, search and block, as text or as JSON.

A process does one block at a time, so what it does is kept for the whole process: the
thread that renews a lease says the same as the one that computes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

FORMATS = ("line", "json")
#: Characters of an id that are enough for people.
_SHORT = 8
_about: dict[str, int | str] = {}


def always(worker: str) -> None:
    """Whatever this process says from now on comes from this worker."""
    _about["worker"] = worker


@contextmanager
def about(**ids: int) -> Iterator[None]:
    """Inside, whatever this process says is about this search and block."""
    _about.update(ids)
    try:
        yield
    finally:
        for name in ids:
            _about.pop(name, None)


class Line(logging.Formatter):
    """For people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        ids = [f"{name}={str(value)[:_SHORT]}" for name, value in _about.items()]
        said = super().formatMessage(record)
        return f"{said} [{' '.join(ids)}]" if ids else said


class Json(logging.Formatter):
    """For programs: one object a line."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
            **_about,
        }
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return json.dumps(said, default=str)


def formatter(name: str) -> logging.Formatter:
    """The one of FORMATS."""
    return Json() if name == "json" else Line()
