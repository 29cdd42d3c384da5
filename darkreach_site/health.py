"""Answers for whoever watches the site: does it live, can it do its work, does the
schedule run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse

from fleet import schedule

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


def probe_schedule() -> list[dict[str, Any]]:
    """How every task of the schedule stands. Raises when the ledger is away."""
    try:
        return [
            {
                "task": standing.task,
                "every": standing.every,
                "last": standing.last and standing.last.started_at,
                "ended": standing.last and standing.last.ended_at,
                "next": standing.next_at,
                "healthy": standing.healthy,
            }
            for standing in schedule.standings()
        ]
    finally:
        connection.close()


async def _ask(probe: Callable[[], Any]) -> tuple[str, float, Any]:
    """`ok`, or in one word why not; milliseconds; the probe's answer.

    Details of a failure stay out of a public answer.
    """
    began = time.perf_counter()
    state, answer = "ok", None
    try:
        # A thread of its own: a probe that hangs holds up nobody else.
        answer = await asyncio.wait_for(
            sync_to_async(probe, thread_sensitive=False)(), LONGEST_WAIT
        )
    except TimeoutError:
        state = "frozen"
    except Exception:
        state = "down"
    return state, round(1000 * (time.perf_counter() - began), 1), answer


async def live(request: HttpRequest) -> JsonResponse:
    """This process answers; it asks nobody else."""
    return JsonResponse({"status": "ok"})


async def ready(request: HttpRequest) -> JsonResponse:
    """200 when ledger and bell answer, else 503 naming what does not, within 2 s."""
    asked = await asyncio.gather(*(_ask(probe) for probe in PROBES.values()))
    parts = {name: state for name, (state, _, _) in zip(PROBES, asked, strict=True)}
    took = {name: spent for name, (_, spent, _) in zip(PROBES, asked, strict=True)}
    down = [name for name, state in parts.items() if state != "ok"]
    answer = {
        "status": "unavailable" if down else "ok",
        "down": down,
        **parts,
        "milliseconds": took,
    }
    return JsonResponse(answer, status=503 if down else 200)


async def scheduled(request: HttpRequest) -> JsonResponse:
    """200 when every task of the schedule ran within twice its interval, else 503."""
    state, _, tasks = await _ask(probe_schedule)
    if tasks is None:
        return JsonResponse({"status": "unavailable", "database": state}, status=503)
    late = [task["task"] for task in tasks if not task["healthy"]]
    answer = {"status": "unhealthy" if late else "ok", "late": late, "tasks": tasks}
    return JsonResponse(answer, status=503 if late else 200)
