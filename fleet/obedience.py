"""How a worker does what it is told; runs in a thread of its main process."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from celery import current_app
from django.conf import settings

from fleet import identity
from fleet.board import board

log = logging.getLogger(__name__)

#: Seconds that known answers may take on a busy machine.
_LONGEST_SELF_TEST = 900
_SELF_TEST = "import sys; from darkreach.cli import main; sys.exit(main(['selftest']))"
#: Set when the worker is to start again after its shutdown.
restart_wanted = threading.Event()


class Refused(Exception):
    """The worker cannot do what it was told; the message says why."""


def obey(kind: str, argument: dict[str, Any]) -> str:
    """Do it; returns what there is to say about it. Refused if it cannot be done."""
    return _HOW[kind](argument)


def _stop(_: dict[str, Any]) -> str:
    """Blocks are saved and given back after their current step, then the worker ends.

    The signal comes a moment later, so that this command is answered before.
    """
    threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGTERM]).start()
    return "stopping"


def restart() -> None:
    """As if somebody had told it to."""
    _restart({})


def _restart(argument: dict[str, Any]) -> str:
    restart_wanted.set()
    _stop(argument)
    return "restarting"


def _drain(_: dict[str, Any]) -> str:
    board.draining = True
    _consume(False)
    return f"{len(board.shown())} blocks to finish, then it stops"


def _pause(_: dict[str, Any]) -> str:
    board.paused = True
    _consume(False)
    return "blocks are given back"


def _resume(_: dict[str, Any]) -> str:
    board.paused = board.draining = False
    _consume(True)
    return "takes blocks again"


def _consume(wanted: bool) -> None:
    """Without this a worker that takes no blocks would swallow the rings for others.

    Best effort: whoever is rung and takes no blocks returns at once. A coordinator
    goes on keeping house.
    """
    me = identity.current()
    control = current_app.control
    change = control.add_consumer if wanted else control.cancel_consumer
    for queue in set(me.queues) - {settings.COORDINATOR_QUEUE}:
        change(queue, destination=[me.node])


def _reassign(argument: dict[str, Any]) -> str:
    block = argument["block"]
    held = any(line["block"] == block for line in board.shown())
    board.refuse(block)
    return "is given back" if held else "was not held here; will not be taken"


def _change_settings(argument: dict[str, Any]) -> str:
    if "slots" in argument:
        _change_slots(argument["slots"])
    if "nice" in argument:
        _change_nice(argument["nice"])
    if "log_level" in argument:
        logging.getLogger().setLevel(argument["log_level"])
    return ", ".join(f"{name} {value}" for name, value in sorted(argument.items()))


def _change_slots(slots: int) -> None:
    me = identity.current()
    more = slots - me.slots
    control = current_app.control
    if more > 0:
        control.pool_grow(more, destination=[me.node])
    elif more < 0:
        control.pool_shrink(-more, destination=[me.node])
    identity.resize(slots)


def _change_nice(nice: int) -> None:
    """This process, so that new children inherit it, and those that exist."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, nice)
        for line in board.shown():
            os.setpriority(os.PRIO_PROCESS, line["pid"], nice)
    except PermissionError as error:
        raise Refused("only root may lower the nice value again") from error


def _self_test(_: dict[str, Any]) -> str:
    """Known answers in a process of its own; a machine that fails is paused."""
    done = subprocess.run(
        [sys.executable, "-c", _SELF_TEST],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=_LONGEST_SELF_TEST,
        check=False,
    )
    said = (done.stdout.strip() or done.stderr.strip()).splitlines()
    last = said[-1] if said else f"status {done.returncode}"
    if done.returncode:
        _pause({})
        raise Refused(f"{last}; the worker is paused")
    return last


_HOW: dict[str, Callable[[dict[str, Any]], str]] = {
    "stop": _stop,
    "restart": _restart,
    "drain": _drain,
    "pause": _pause,
    "resume": _resume,
    "settings": _change_settings,
    "self-test": _self_test,
    "reassign": _reassign,
}
