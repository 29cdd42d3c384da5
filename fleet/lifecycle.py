"""What happens when a Celery worker starts, forks and stops."""

from __future__ import annotations

import logging
import threading
from importlib import import_module
from typing import Any

import redis
from celery.signals import (
    celeryd_after_setup,
    worker_process_init,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)
from django.conf import settings

from darkreach.stages import program
from fleet import bell, identity
from fleet.stopping import stopping

log = logging.getLogger(__name__)
# The longest pause between two heartbeats while the bell is away.
_LONGEST_PAUSE = 300.0


class Heart(threading.Thread):
    """Beats in the parent process for as long as the worker runs."""

    def __init__(self, description: dict[str, Any]) -> None:
        super().__init__(name="heart", daemon=True)
        self._description = description
        self._stopped = threading.Event()

    def run(self) -> None:
        pause = 0.0
        while not self._stopped.wait(pause):
            try:
                bell.heartbeat(self._description)
                pause = float(settings.HEARTBEAT)
            except redis.RedisError as error:
                pause = min(max(2 * pause, settings.HEARTBEAT), _LONGEST_PAUSE)
                log.warning("no heartbeat, next in %.0f s: %s", pause, error)

    def stop(self) -> None:
        """Stop beating and say farewell, if the bell listens."""
        self._stopped.set()
        try:
            bell.farewell(self._description["worker"])
        except redis.RedisError:
            log.info("the bell is away: no farewell")


_hearts: list[Heart] = []


@celeryd_after_setup.connect
def take_an_identity(instance: Any, **_: Any) -> None:
    """Before the pool forks, so that all processes of this worker share it."""
    queues = list(instance.app.amqp.queues.consume_from)
    identity.become(queues, int(instance.concurrency or 1))
    _load_programs(queues)


def _load_programs(queues: list[str]) -> None:
    """Load and compile in the parent what its children will run: once, not each."""
    served = {queue.partition(".")[0] for queue in queues}
    for stage in sorted(served & set(settings.STAGES)):
        import_module("fleet.runner")
        program(stage)
    if "sieve" in served:
        import_module("darkreach.sieve.jit").warm_up()


@worker_ready.connect
def start_the_heart(**_: Any) -> None:
    """The worker consumes: let the dispatcher count on it."""
    me = identity.current()
    heart = Heart(me.describe())
    _hearts.append(heart)
    heart.start()
    # Work may have been waiting for this worker: do not wait for the dispatcher.
    bell.ring_all(me.queues)


@worker_process_init.connect
def forget_the_parents_connections(**_: Any) -> None:
    """A forked process must not share the parent's sockets to the bell."""
    bell.client.cache_clear()


@worker_shutting_down.connect
def tell_the_runners(**_: Any) -> None:
    """Warm shutdown: blocks are released after the current step."""
    stopping.set()


@worker_shutdown.connect
def stop_the_heart(**_: Any) -> None:
    """The last thing a worker does."""
    for heart in _hearts:
        heart.stop()
