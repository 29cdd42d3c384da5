"""What happens when a Celery worker starts, forks and stops."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from contextlib import suppress
from importlib import import_module
from typing import Any

from billiard import active_children
from billiard.exceptions import WorkerLostError
from celery.signals import (
    celeryd_after_setup,
    worker_process_init,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)
from django.conf import settings

from darkreach.stages import program
from fleet import abilities, allowance, bell, benchmark, fitness, identity
from fleet.heart import Heart
from fleet.listener import Listener
from fleet.obedience import restart_wanted
from fleet.relay import Relay
from fleet.stopping import stopping

log = logging.getLogger(__name__)

#: Seconds from the request to stop to the end of the whole worker, at most.
LONGEST_STOP = 3.5
_FAREWELL = 0.4
_hearts: list[Heart] = []
_listeners: list[Listener | Relay] = []


@celeryd_after_setup.connect
def take_an_identity(sender: str, instance: Any, **_: Any) -> None:
    """Before the pool forks, so that all processes of this worker share it."""
    queues = list(instance.app.amqp.queues.consume_from)
    slots = int(instance.concurrency or 1)
    try:
        abilities.check(queues, slots)
    except abilities.Unfit as error:
        raise SystemExit(f"darkreach: {error}") from error
    computes = bool(set(queues) - {settings.COORDINATOR_QUEUE})
    hardware = settings.HARDWARE.describe() if computes else {}
    if computes and settings.BENCHMARK:
        hardware["speed"] = benchmark.ensure()
    identity.become(queues, slots, node=sender, hardware={**hardware, **_allowed()})
    fitness.forget_failures()
    # A process that did not end its step in time was left (`fleet.keeper`): no error.
    logging.getLogger("celery.worker.request").addFilter(_is_no_loss)
    _load_programs(queues)


def _allowed() -> dict[str, Any]:
    """What the settings of this host say, where they say anything."""
    return {
        name: value
        for name, value in (
            ("forms", settings.FORMS),
            ("max_memory", settings.MAX_MEMORY),
            ("max_cpu", settings.MAX_CPU % 100),
            ("nice", settings.NICE),
        )
        if value
    }


def _load_programs(queues: list[str]) -> None:
    """Load and compile in the parent what its children will run: once, not each."""
    served = {queue.partition(".")[0] for queue in queues}
    for stage in sorted(served & set(settings.STAGES)):
        import_module("fleet.runner")
        program(stage)
    if "sieve" in served:
        import_module("darkreach.jit").warm_up()


@worker_ready.connect
def start_the_heart(**_: Any) -> None:
    """The worker consumes: let the dispatcher count on it."""
    me = identity.current()
    heart = Heart()
    _hearts.append(heart)
    heart.start()
    listener = Listener(me.worker)
    _listeners.append(listener)
    listener.start()
    if settings.COORDINATOR_QUEUE in me.queues:
        relay = Relay()
        _listeners.append(relay)
        relay.start()
    # Work may have been waiting for this worker: do not wait for the dispatcher.
    bell.ring_all(me.queues)


@worker_process_init.connect
def forget_the_parents_connections(**_: Any) -> None:
    """A forked process must not share the parent's sockets to the bell."""
    bell.client.cache_clear()
    bell.waiting_client.cache_clear()
    allowance.apply(identity.current().slots)


@worker_shutting_down.connect
def tell_the_runners(**_: Any) -> None:
    """Warm shutdown: blocks are released after the current step."""
    stopping.set()
    for listener in _listeners:
        listener.stop()
    last = threading.Timer(LONGEST_STOP, _end_now)
    last.daemon = True
    last.start()


def _end_now() -> None:
    """Whatever still runs then, a task of the schedule perhaps, is given up."""
    log.warning("%s s after the request to stop: ends now", LONGEST_STOP)
    _end_children()
    if not restart_wanted.is_set():  # the bell may not answer
        threading.Timer(_FAREWELL, _leave).start()
    stop_the_heart()
    _leave()


def _leave() -> None:
    _end_children()  # the pool may have replaced those that we ended
    os._exit(0)


def _end_children() -> None:
    for process in active_children():
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


def _is_no_loss(record: logging.LogRecord) -> bool:
    said = record.args if isinstance(record.args, tuple) else ()
    lost = [str(error) for error in said if isinstance(error, WorkerLostError)]
    return not any("exitcode 0" in text for text in lost)


@worker_shutdown.connect
def stop_the_heart(**_: Any) -> None:
    """The last thing a worker does, unless it is to start again in its own place."""
    for heart in _hearts:
        heart.stop()
    if restart_wanted.is_set():
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
