"""The schedule: each slot of each task runs once, whatever happens to who sends it.

A task is due at every multiple of its interval, by the ledger's clock: its slots. The
schedulers send slots (`fleet.beat`); the coordinator that writes the row of a slot runs
it. Late slots are not made up for one by one: a slot that was due before the last run
started is served by that run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Max, Min

from fleet.models import Tick
from fleet.statements import run
from searches.clock import ledger_now

#: Rows of slots are kept for so long.
KEPT = timedelta(hours=6)
_LONGEST_ERROR = 200


def slot_at(now: float, every: float) -> float:
    """The newest slot at `now` of a task with that interval; seconds since 1970."""
    return now - now % every


@contextmanager
def once(task: str, slot: float | None) -> Iterator[bool]:
    """True inside if this process is the one that runs the slot.

    Without a slot somebody asked for a run by hand: it always runs, without a trace.
    """
    if slot is None:
        yield True
        return
    due_at = datetime.fromtimestamp(slot, UTC)
    if not begin(task, due_at):
        yield False
        return
    error = ""
    try:
        yield True
    except Exception as failure:
        error = f"{type(failure).__name__}: {failure}"
        raise
    finally:
        end(task, due_at, error)


def begin(task: str, slot: datetime, now: datetime | None = None) -> bool:
    """Take a slot. False: somebody has it, or a later run has served it."""
    now = now or ledger_now()
    with connection.cursor() as cursor:
        return run(cursor, "begin_tick", task=task, slot=slot, now=now) == 1


def end(
    task: str, slot: datetime, error: str = "", now: datetime | None = None
) -> None:
    """Note that the run of a slot ended, and how."""
    now = now or ledger_now()
    error = error[:_LONGEST_ERROR]
    with connection.cursor() as cursor:
        run(cursor, "end_tick", task=task, slot=slot, now=now, error=error)


def forget_old(now: datetime | None = None) -> int:
    """Remove the rows of old slots, but the newest of each task: one that runs once a
    day would else look as if it never did. Returns how many."""
    now = now or ledger_now()
    newest = Tick.objects.values("task").annotate(newest=Max("id"))
    kept = list(newest.order_by().values_list("newest", flat=True))
    return Tick.objects.filter(slot__lt=now - KEPT).exclude(pk__in=kept).delete()[0]


@dataclass(frozen=True)
class Standing:
    """How a task of the schedule stands."""

    task: str
    every: float
    last: Tick | None
    next_at: datetime
    healthy: bool


def standings(now: datetime | None = None) -> list[Standing]:
    """All tasks of the schedule, those that are late marked as unhealthy."""
    now = now or ledger_now()
    began = first_run()
    return [
        _standing(task, every, began, now) for task, every in settings.SCHEDULE.items()
    ]


def first_run() -> datetime | None:
    """When the schedule ran first, as far as its rows reach back."""
    first: datetime | None = Tick.objects.aggregate(first=Min("started_at"))["first"]
    return first


def on_time(
    last: datetime | None, began: datetime | None, every: float, now: datetime
) -> bool:
    """Did the task run within twice its interval? One that never did has as much time
    from the first run of the schedule."""
    since = last or began
    return since is not None and now - since <= timedelta(seconds=2 * every)


def _standing(
    task: str, every: float, began: datetime | None, now: datetime
) -> Standing:
    last = Tick.objects.filter(task=task).order_by("-slot").first()
    next_at = slot_at(now.timestamp(), every) + every
    healthy = on_time(last.started_at if last else None, began, every, now)
    return Standing(task, every, last, datetime.fromtimestamp(next_at, UTC), healthy)
