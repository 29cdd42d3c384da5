"""Who works for a hunt: the workers that live already, else workers of our own."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterable
from typing import Any

import redis
from django.conf import settings

from darkreach_site import programs
from darkreach_site.supervisor import CannotStart, Supervisor
from fleet import bell, fitness

#: Seconds between two looks at who lives.
LOOK_EVERY = 3.0
#: Seconds that queues may look unserved before we stop counting on others: workers ring
#: in every HEARTBEAT, so a bell that lost its memory needs that long to know them
#: again.
PATIENCE = 2.5 * settings.HEARTBEAT


def needed_queues() -> set[str]:
    """A hunt needs all stages, and the coordinator that turns one into the next."""
    return {*settings.STAGES, settings.COORDINATOR_QUEUE}


def really_lives(worker: dict[str, Any]) -> bool:
    """False for a worker of this host that was killed, though its key still lasts."""
    if worker.get("hostname") != socket.gethostname():
        return True
    try:
        os.kill(int(worker["pid"]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def unserved(workers: Iterable[dict[str, Any]]) -> set[str]:
    """The needed queues that no live worker listens on."""
    served = {queue for worker in workers for queue in worker["queues"]}
    return needed_queues() - served


class Crew:
    """Sees to it that somebody works, for as long as the hunt lasts."""

    def __init__(self, supervisor: Supervisor, slots: int) -> None:
        self.supervisor = supervisor
        self.slots = slots
        self.own = False
        self._look_at = 0.0
        self._served_at = -PATIENCE  # so that the first look decides at once

    def tick(self) -> None:
        """To be called often. CannotStart when our workers do not come up."""
        self.supervisor.tick()
        now = time.monotonic()
        if self.own:
            self._expect_start()
            self._expect_fitness()
        elif now >= self._look_at:
            self._look_at = now + LOOK_EVERY
            if self._served():
                self._served_at = now
            elif now - self._served_at >= PATIENCE:
                self.start()

    def _served(self) -> bool:
        try:
            return not unserved(filter(really_lives, bell.live_workers()))
        except redis.RedisError:
            return False

    def start(self) -> None:
        """Start scheduler, coordinator and workers of our own."""
        self.own = True
        fitness.forget_failures()
        # A hunt has no time to measure its host.
        told = {**programs.environment(), "DARKREACH_BENCHMARK": "0"}
        self.supervisor.add("hunt-worker", programs.fleet(self.slots), environment=told)
        command = programs.coordinator_with_beat()
        self.supervisor.add("hunt-coordinator", command, environment=told)

    def _expect_fitness(self) -> None:
        if wrong := fitness.reason():
            raise CannotStart(f"this machine computes wrong: {wrong}")

    def _expect_start(self) -> None:
        for child in self.supervisor.children:
            if child.never_ran:
                last = "; ".join(child.log.tail(1))
                raise CannotStart(
                    f"{child.name} does not start: {last} ({child.log.path})"
                )
