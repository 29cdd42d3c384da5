"""Two answers for whoever watches the site: does it live, can it do its work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse

#: Seconds; each probe also has its own shorter limit, this one holds whatever happens.
LONGEST_WAIT = 1.8


def probe_database() -> None:
    """Raise unless the ledger answers and has its tables."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM django_migrations")
            if not cursor.fetchone()[0]:
                raise LookupError("not migrated")
    finally:
        connection.close()


def probe_bell() -> None:
    """Raise unless the bell answers."""
    client = redis.Redis.from_url(settings.BELL_URL, **settings.BELL_OPTIONS)
    try:
        client.ping()
    finally:
        client.close()


PROBES: dict[str, Callable[[], None]] = {
    "database": probe_database,
    "bell": probe_bell,
}


async def _state(probe: Callable[[], None]) -> str:
    """`ok`, or in one word why not; details stay out of a public answer."""
    try:
        # A thread of its own: a probe that hangs holds up nobody else.
        await asyncio.wait_for(
            sync_to_async(probe, thread_sensitive=False)(), LONGEST_WAIT
        )
    except TimeoutError:
        return "frozen"
    except Exception:
        return "down"
    return "ok"


async def live(request: HttpRequest) -> JsonResponse:
    """This process answers; it asks nobody else."""
    return JsonResponse({"status": "ok"})


async def ready(request: HttpRequest) -> JsonResponse:
    """200 when ledger and bell answer, else 503 naming what does not, within 2 s."""
    states = await asyncio.gather(*(_state(probe) for probe in PROBES.values()))
    parts = dict(zip(PROBES, states, strict=True))
    down = [name for name, state in parts.items() if state != "ok"]
    answer = {"status": "unavailable" if down else "ok", "down": down, **parts}
    return JsonResponse(answer, status=503 if down else 200)
