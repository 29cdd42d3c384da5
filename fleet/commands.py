"""Commands to workers: a queue in the ledger for each, the bell only says "look".

A worker takes its commands in the order in which they were given, each once, and
answers each. Who does not take a command is rung again every 30 s until it expires.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from fleet import bell
from fleet.models import COMMANDS, Command, Worker
from searches.clock import ledger_now

#: A command without an answer is rung again, is given up, is forgotten after so long.
RING_AGAIN = timedelta(seconds=30)
LIFE = timedelta(hours=1)
KEPT = timedelta(days=90)
#: What `settings` may change, and between which numbers.
SETTINGS = {"slots": (1, 1024), "nice": (0, 19)}
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_LONGEST_ANSWER = 500


class BadCommand(ValueError):
    """There is no such command, or its argument makes no sense."""


def give(
    worker: str,
    kind: str,
    argument: dict[str, Any] | None = None,
    by: str = "",
    now: datetime | None = None,
    life: timedelta = LIFE,
) -> Command:
    """Queue a command for a worker and ring it. BadCommand if it makes no sense."""
    argument = argument or {}
    check(kind, argument)
    if not Worker.objects.filter(pk=worker).exists():
        raise BadCommand(f"no worker {worker!r}")
    now = now or ledger_now()
    command = Command.objects.create(
        worker_id=worker,
        kind=kind,
        argument=argument,
        given_by=by[:150],
        given_at=now,
        expires_at=now + life,
        rings=1,
        rung_at=now,
    )
    transaction.on_commit(lambda: bell.look([worker]), robust=True)
    return command


def check(kind: str, argument: dict[str, Any]) -> None:
    """BadCommand unless there is such a command and it takes such an argument."""
    if kind not in COMMANDS:
        raise BadCommand(f"{kind!r} is none of {', '.join(COMMANDS)}")
    allowed = {"reassign": {"block"}, "settings": {*SETTINGS, "log_level"}}
    unknown = set(argument) - allowed.get(kind, set())
    if unknown:
        raise BadCommand(f"{kind} does not take {', '.join(sorted(unknown))}")
    if kind in allowed and not argument:
        raise BadCommand(f"{kind} needs {' or '.join(sorted(allowed[kind]))}")
    for name, value in argument.items():
        _check_value(name, value)


def _check_value(name: str, value: Any) -> None:
    if name == "log_level":
        if value not in LOG_LEVELS:
            raise BadCommand(f"log_level is one of {', '.join(LOG_LEVELS)}")
        return
    low, high = SETTINGS.get(name, (1, 2**63 - 1))
    if type(value) is not int or not low <= value <= high:
        raise BadCommand(f"{name} is a whole number from {low} to {high}")


def take(worker: str, now: datetime | None = None) -> Command | None:
    """The oldest command that waits for this worker, acknowledged by taking it."""
    now = now or ledger_now()
    waiting = Command.objects.filter(worker=worker, state="waiting", expires_at__gt=now)
    while (command := waiting.order_by("id").first()) is not None:
        if _step(command.pk, "waiting").update(state="taken", taken_at=now):
            return command
    return None


def answer(
    command: int, done: bool, text: str = "", now: datetime | None = None
) -> bool:
    """What became of a command that was taken. False: it was given up before."""
    return bool(
        _step(command, "taken").update(
            state="done" if done else "failed",
            answer=text[:_LONGEST_ANSWER],
            ended_at=now or ledger_now(),
        )
    )


def ring_again(now: datetime | None = None) -> int:
    """Ring the workers that did not take a command for 30 s; returns how many."""
    now = now or ledger_now()
    silent = Command.objects.filter(state="waiting", rung_at__lte=now - RING_AGAIN)
    workers = set(silent.values_list("worker_id", flat=True))
    if workers:
        silent.update(rung_at=now, rings=F("rings") + 1)
        bell.look(workers)
    return len(workers)


def expire(now: datetime | None = None) -> int:
    """Give up what was not taken, or not answered, in its time; returns how many."""
    now = now or ledger_now()
    over = Command.objects.filter(expires_at__lte=now)
    untaken = over.filter(state="waiting").update(state="expired", ended_at=now)
    unanswered = over.filter(state="taken").update(
        state="failed", ended_at=now, answer="the worker gave no answer"
    )
    return untaken + unanswered


def forget_old(now: datetime | None = None) -> int:
    """Remove the history of long ago; returns how many rows."""
    old = (now or ledger_now()) - KEPT
    return Command.objects.filter(ended_at__lt=old).delete()[0]


def _step(command: int, state: str) -> QuerySet[Command]:
    return Command.objects.filter(pk=command, state=state)
