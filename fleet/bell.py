"""The bell: rings for workers, and heartbeats that say who is alive.

Nothing here may be lost that matters: a ring says "there may be work on this queue",
and whatever Redis forgets is rung again by the dispatcher. Rings are best effort and
never keep their caller longer than the socket time-outs of the settings.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable
from functools import cache
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from django.db.models import Count
from kombu.exceptions import OperationalError

from fleet import roster
from searches.models import Block

log = logging.getLogger(__name__)

_WORKERS = "darkreach:workers"
_WORKER = "darkreach:worker:"
_LINES = "darkreach:lines"
_LOOK = "darkreach:look:"
_OUTBOX = "darkreach:outbox"
_WEIGH = "darkreach:weigh:"
#: Seconds after which a ring that nobody heard is given again.
_WEIGH_AGAIN = 10
#: The channel on which published events are told.
EVENTS = "darkreach:events"
#: Seconds without a ring for the relay after one that failed.
_SILENCE = 2.0
_silent_until = 0.0
FAILURES = (redis.RedisError, OperationalError, OSError)
WORK = "fleet.tasks.work"
WEIGH = "fleet.tasks.weigh"
#: So many workers in a row may hear a ring that is not for them.
MOST_HOPS = 64


@cache
def client() -> redis.Redis:
    """A client of the bell that names a frozen server instead of waiting for it."""
    return redis.Redis.from_url(settings.BELL_URL, **settings.BELL_OPTIONS)


def ring(queue: str, hops: int = 0) -> None:
    """There may be work on this queue.

    hops: how many workers heard this ring before, and may not do what waits.
    """
    current_app.send_task(
        WORK,
        kwargs={"queue": queue, "hops": hops},
        queue=queue,
        retry=False,
        ignore_result=True,
    )


def ask_to_weigh(search: int) -> None:
    """Residues of this search came in; best effort, and one ring until it is heard."""
    try:
        if not client().set(f"{_WEIGH}{search}", 1, nx=True, ex=_WEIGH_AGAIN):
            return
        current_app.send_task(
            WEIGH,
            kwargs={"search": search},
            queue="coordinator",
            retry=False,
            ignore_result=True,
        )
    except redis.exceptions.NoPermissionError:
        # An enrolled host does not ring coordinators; the sweep looks by itself.
        log.debug("coordinators are not ours to ring")
    except FAILURES as error:
        _log_away(error)


def hear_to_weigh(search: int) -> None:
    """From here on residues ring anew."""
    try:
        client().delete(f"{_WEIGH}{search}")
    except FAILURES as error:
        _log_away(error)


def pass_on(queue: str, hops: int) -> bool:
    """Ring for somebody else; False: it went round long enough, or the bell is away.

    The dispatcher rings anew for whatever still waits.
    """
    if hops >= MOST_HOPS:
        return False
    try:
        ring(queue, hops + 1)
    except FAILURES as error:
        _log_away(error)
        return False
    return True


def ring_all(queues: Iterable[str]) -> None:
    """Ring each queue once; a bell that is away is logged, no error."""
    try:
        for queue in queues:
            ring(queue)
    except FAILURES as error:
        _log_away(error)


def _log_away(error: Exception) -> None:
    log.warning("the bell does not answer: %s", error)


def ring_for(search_id: int | None = None) -> int:
    """Ring every queue with ready blocks (of one search, or of all).

    Tops each queue up to min(ready blocks, 2 * live slots), so that calling it again
    adds nothing. Returns the rings given; a bell that is away is logged, no error.
    """
    ready = Block.objects.filter(state="ready", search__state="running")
    if search_id is not None:
        ready = ready.filter(search=search_id)
    counts = dict(ready.values_list("queue").annotate(Count("id")).order_by())
    if not counts:
        return 0
    try:
        return _top_up(counts)
    except FAILURES as error:
        _log_away(error)
        return 0


def _top_up(ready: dict[str, int]) -> int:
    slots = live_slots(live_workers())
    rings = 0
    for queue, count in ready.items():
        wanted = min(count, 2 * max(slots.get(queue, 0), 1))
        try:
            for _ in range(wanted - int(client().llen(queue))):
                ring(queue)
                rings += 1
        except redis.exceptions.NoPermissionError:
            # An enrolled host rings its own queues; the dispatcher does the others.
            log.debug("queue %s is not ours to ring", queue)
    return rings


def live_slots(workers: Iterable[dict[str, Any]]) -> dict[str, int]:
    """How many blocks the live workers can do at once, by queue."""
    slots: dict[str, int] = {}
    for worker in workers:
        if worker.get("paused"):
            continue
        for queue in worker["queues"]:
            slots[queue] = slots.get(queue, 0) + int(worker["slots"])
    return slots


def heartbeat(description: dict[str, Any]) -> None:
    """This worker lives: a key that expires, and its place in the index."""
    name = description["worker"]
    keys = (_WORKER + name, _LINES, _WORKERS)
    roster.beat(client(), keys, description)


def farewell(worker: str) -> None:
    """This worker stops in good order."""
    pipe = client().pipeline(transaction=False)
    pipe.delete(_WORKER + worker)
    pipe.hdel(_LINES, worker)
    pipe.zrem(_WORKERS, worker)
    pipe.execute()


def live_workers() -> list[dict[str, Any]]:
    """The descriptions of the workers that were heard within the heartbeat's ttl.

    Raises redis.RedisError when the bell is away.
    """
    now: Any = client().time()
    since = now[0] - settings.HEARTBEAT_TTL
    names: Any = client().zrangebyscore(_WORKERS, since, "+inf")
    if not names:
        return []
    values: Any = client().mget([_WORKER + name.decode() for name in names])
    return [json.loads(value) for value in values if value is not None]


def present() -> list[roster.Present]:
    """The live workers in short, fast for a thousand of them.

    Raises redis.RedisError when the bell is away.
    """
    return roster.read(client(), _LINES)


def lengths(queues: Iterable[str]) -> dict[str, int]:
    """How many rings wait on each queue. Raises redis.RedisError."""
    names = list(queues)
    pipe = client().pipeline(transaction=False)
    for name in names:
        pipe.llen(name)
    return dict(zip(names, map(int, pipe.execute()), strict=True))


def oldest_heartbeat(fleet: Iterable[roster.Present]) -> float:
    """Seconds since the live worker was heard that was silent for longest."""
    return max((float(worker.age) for worker in fleet), default=0.0)


def look(workers: Iterable[str]) -> None:
    """Each of these workers is to look at the ledger; best effort, kept a minute."""
    pipe = client().pipeline(transaction=False)
    for worker in set(workers):
        pipe.lpush(_LOOK + worker, 1)
        pipe.ltrim(_LOOK + worker, 0, 0)
        pipe.expire(_LOOK + worker, settings.HEARTBEAT_TTL)
    try:
        pipe.execute()
    except FAILURES as error:
        _log_away(error)


def await_look(worker: str, seconds: int) -> bool:
    """Wait until this worker is to look at the ledger. False: not within that time.

    Raises redis.RedisError when the bell is away.
    """
    return waiting_client(seconds + 5).blpop([_LOOK + worker], seconds) is not None


def wake_relay() -> bool:
    """An event was committed; True if the bell took it. Best effort, and none for a
    while after a failure, so that a transaction of many events waits for an absent bell
    once."""
    global _silent_until
    if time.monotonic() < _silent_until:
        return False
    pipe = client().pipeline(transaction=False)
    pipe.lpush(_OUTBOX, 1)
    pipe.ltrim(_OUTBOX, 0, 0)
    try:
        pipe.execute()
    except FAILURES as error:
        _silent_until = time.monotonic() + _SILENCE
        _log_away(error)
        return False
    return True


def await_event(seconds: int) -> bool:
    """Wait until an event was committed; one of those who wait is woken.

    Raises redis.RedisError when the bell is away.
    """
    return waiting_client(seconds + 5).blpop([_OUTBOX], seconds) is not None


def tell(messages: Iterable[str]) -> None:
    """Say something to all who follow events; best effort."""
    pipe = client().pipeline(transaction=False)
    for message in messages:
        pipe.publish(EVENTS, message)
    try:
        pipe.execute()
    except FAILURES as error:
        _log_away(error)


@cache
def waiting_client(patience: float) -> redis.Redis:
    """A client whose answers may take so many seconds."""
    options = {**settings.BELL_OPTIONS, "socket_timeout": patience}
    return redis.Redis.from_url(settings.BELL_URL, **options)
