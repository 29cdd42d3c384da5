"""The Celery tasks: thin; what they do is in the modules they call."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

import redis
from celery import shared_task

from fleet import bell, commands, leases, lifecycle, schedule, speeds
from fleet import figures as counted
from fleet import limits as ends
from fleet import presence as roll_call
from fleet import relay as outbox_relay
from fleet import stragglers as late
from fleet.board import board
from fleet.metrics import gathered
from searches import pipeline
from searches.models import Search

log = logging.getLogger(__name__)

__all__ = [
    "advance",
    "cleanup",
    "dispatch",
    "figures",
    "lifecycle",
    "limits",
    "presence",
    "reclaim",
    "relay",
    "remind",
    "stragglers",
    "work",
]


@shared_task(name=bell.WORK, ignore_result=True)
def work(*, queue: str, hops: int = 0, **_: Any) -> None:
    """There may be work on this queue. No time limit: the lease decides."""
    board.hear()
    # A coordinator that only keeps house need not load what computes.
    from fleet import runner

    runner.work(queue, hops)


def scheduled(seconds: int) -> Callable[[Callable[[], None]], Any]:
    """A task of settings.SCHEDULE, killed after so many seconds; a slot runs once."""

    def wrap(body: Callable[[], None]) -> Any:
        @wraps(body)
        def task(*, slot: float | None = None, **_: Any) -> None:
            board.hear()
            with schedule.once(body.__name__, slot) as ours:
                if ours:
                    body()
            gathered.send()

        name = f"fleet.tasks.{body.__name__}"
        return shared_task(name=name, ignore_result=True, time_limit=seconds)(task)

    return wrap


@scheduled(60)
def dispatch() -> None:
    """Ring for every ready block that nobody has been rung for.

    And soon after a cancel tell the workers, so that they stop.
    """
    leases.end_lost()
    bell.ring_for()


@scheduled(60)
def reclaim() -> None:
    """Take back the leases that ran out."""
    leases.reclaim()


@scheduled(60)
def stragglers() -> None:
    """Offer blocks once more that hold up the end of a search."""
    late.copy_late()


@scheduled(60)
def remind() -> None:
    """Ring again for commands that were not taken, give up the old ones."""
    commands.ring_again()
    commands.expire()


@scheduled(60)
def relay() -> None:
    """Publish the events whose ring was lost, and those that have become due."""
    outbox_relay.publish()


@scheduled(60)
def limits() -> None:
    """Pause the searches whose deadline or budget is reached."""
    ends.enforce()


@scheduled(60)
def presence() -> None:
    """Copy from the bell who is alive."""
    try:
        roll_call.record()
    except redis.RedisError as error:
        log.warning("no roll call: %s", error)


@scheduled(600)
def advance() -> None:
    """Do for every running search what has become due."""
    for search in Search.objects.filter(pk__in=pipeline.running_searches()):
        pipeline.advance(search.pk, speeds.of_search(search))


@scheduled(600)
def figures() -> None:
    """Count for those who look."""
    counted.refresh()


@scheduled(60)
def cleanup() -> None:
    """Remove what nobody will ask for any more."""
    schedule.forget_old()
    commands.forget_old()
