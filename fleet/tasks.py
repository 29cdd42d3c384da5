"""The Celery tasks: thin; what they do is in the modules they call."""

from __future__ import annotations

import logging
from typing import Any

import redis
from celery import shared_task
from django.conf import settings

from fleet import bell, leases, lifecycle, speeds
from fleet import presence as roll_call
from searches import pipeline

log = logging.getLogger(__name__)

__all__ = ["advance", "dispatch", "lifecycle", "presence", "reclaim", "work"]


@shared_task(name=bell.WORK, ignore_result=True)
def work(*, queue: str, **_: Any) -> None:
    """There may be work on this queue. No time limit: the lease decides."""
    # A coordinator that only keeps house need not load what computes.
    from fleet import runner

    runner.work(queue)


@shared_task(name="fleet.tasks.dispatch", ignore_result=True, time_limit=60)
def dispatch(**_: Any) -> None:
    """Ring for every ready block that nobody has been rung for."""
    bell.ring_for()


@shared_task(name="fleet.tasks.reclaim", ignore_result=True, time_limit=60)
def reclaim(**_: Any) -> None:
    """Take back the leases that ran out."""
    leases.reclaim()


@shared_task(name="fleet.tasks.presence", ignore_result=True, time_limit=60)
def presence(**_: Any) -> None:
    """Copy from the bell who is alive."""
    try:
        roll_call.record()
    except redis.RedisError as error:
        log.warning("no roll call: %s", error)


@shared_task(name="fleet.tasks.advance", ignore_result=True, time_limit=600)
def advance(**_: Any) -> None:
    """Do for every running search what has become due."""
    known = speeds.known(settings.HARDWARE_CLASS)
    for search in pipeline.running_searches():
        pipeline.advance(search, known)
