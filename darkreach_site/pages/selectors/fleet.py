"""Who works at the moment, by the bell."""

from __future__ import annotations

from dataclasses import dataclass

import redis

from darkreach_site.pages.selectors.memory import remembered
from fleet import bell


@dataclass(frozen=True)
class Crew:
    """Workers that were heard lately, and how many blocks they can do at once.

    `known` is False when the bell does not answer.
    """

    known: bool
    workers: int = 0
    slots: int = 0


@remembered(seconds=5)
def crew() -> Crew:
    """A frozen bell makes one request in five seconds wait, and only for a second."""
    try:
        workers = bell.live_workers()
    except (redis.RedisError, OSError):
        return Crew(known=False)
    return Crew(True, len(workers), sum(int(worker["slots"]) for worker in workers))
