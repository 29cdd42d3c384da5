"""What the site says while a server is away, and how long the schedule stands still.

    python -m benchmarks.load.outages --ledger postgresql

Real processes with the numbers of a fleet. The bell, then the ledger, is frozen and
killed while /health/ready is asked four times a second: seconds until it says so, the
longest answer, seconds from the return until it is ready again. Then of three
schedulers the leader is killed, and the next one frozen: seconds until the next slot of
the schedule runs.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.load import place
from benchmarks.load.walk import like_a_fleet

#: Seconds of a fault; between two questions.
_AWAY, _EVERY = 12.0, 0.25
_LONGEST = 60.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ledger", choices=["postgresql", "sqlite"], default="sqlite")
    told = parser.parse_args()
    with like_a_fleet(told.ledger) as platform:
        _health(platform)
        _leaders(platform)


class Watch(threading.Thread):
    """Asks whether the site is ready; remembers when, for how long, what it said."""

    def __init__(self, site: Any) -> None:
        super().__init__(daemon=True)
        self._site = site
        self.answers: list[tuple[float, float, int]] = []

    def run(self) -> None:
        while True:
            began = time.monotonic()
            status = self._site.get("/health/ready")
            self.answers.append((began, time.monotonic() - began, status))
            time.sleep(_EVERY)

    def first(self, status: int, after: float) -> float:
        """Seconds until an answer to a later question said so."""
        until = time.monotonic() + _LONGEST
        while time.monotonic() < until:
            for began, took, said in list(self.answers):
                if began >= after and said == status:
                    return began + took - after
            time.sleep(0.05)
        raise AssertionError(f"no {status} within {_LONGEST} s: {self.answers[-20:]}")


def _health(platform: Any) -> None:
    bell = platform.start_bell()
    site = platform.start_site()
    watch = Watch(site)
    watch.start()
    watch.first(200, time.monotonic())

    def freeze(pids: list[int], number: signal.Signals) -> None:
        from tests.faults.platform import send

        for pid in pids:
            send(pid, number)

    def bell_pids() -> list[int]:
        from tests.faults.platform import group_of

        return group_of(bell)

    def kill_bell() -> None:
        from tests.faults.platform import kill_all

        kill_all(bell)

    _tell(
        watch,
        "bell frozen",
        lambda: freeze(bell_pids(), signal.SIGSTOP),
        lambda: freeze(bell_pids(), signal.SIGCONT),
    )
    _tell(watch, "bell killed", kill_bell, platform.start_bell)
    for server in place.servers:
        _tell(watch, "ledger frozen", server.freeze, server.thaw)
        cut = partial(server.stop, signal.SIGQUIT)
        _tell(watch, "ledger killed", cut, server.start)


def _tell(
    watch: Watch, name: str, hurt: Callable[[], Any], heal: Callable[[], Any]
) -> None:
    began = time.monotonic()
    hurt()
    noticed = watch.first(503, began)
    time.sleep(max(0.0, began + _AWAY - time.monotonic()))
    wrong = sum(
        said == 200 for when, _, said in list(watch.answers) if when > began + noticed
    )
    returned = time.monotonic()
    heal()
    ready = watch.first(200, returned)
    longest = max(took for when, took, _ in list(watch.answers) if when >= began)
    sys.stdout.write(
        f"{name}: said after {noticed:.1f} s, {wrong} wrong answers; longest answer"
        f" {longest:.1f} s; ready {ready:.1f} s after its return\n"
    )
    sys.stdout.flush()


def _leaders(platform: Any) -> None:
    from django.db import connection

    from fleet.models import Tick
    from tests.faults.platform import frozen, group_of, kill_all
    from tests.faults.test_schedulers import LEADS, leader_of

    connection.close()  # the ledger was killed
    platform.start_housekeeper()
    three = [platform.start_scheduler() for _ in range(3)]
    platform.wait_until(lambda: leader_of(platform, three), 90)
    platform.wait_until(Tick.objects.filter(task="dispatch").exists, 90)
    first = leader_of(platform, three)
    kill_all(first)
    sys.stdout.write(f"leader killed: next slot after {_next_slot(platform):.1f} s\n")
    rest = [child for child in three if child is not first]
    platform.wait_until(lambda: leader_of(platform, rest), _LONGEST)
    second = leader_of(platform, rest)
    (third,) = [child for child in rest if child is not second]
    with frozen(group_of(second)):
        took = _next_slot(platform)
        platform.wait_until(lambda: platform.said(third, LEADS), _LONGEST)
    sys.stdout.write(f"leader frozen: next slot after {took:.1f} s\n")
    time.sleep(20)  # whoever woke up looks around
    slots = list(Tick.objects.values_list("task", "slot"))
    twice = len(slots) - len(set(slots))
    sys.stdout.write(f"{len(slots)} slots ran, {twice} of them twice\n")


def _next_slot(platform: Any) -> float:
    """Seconds until a slot runs whose time had not come yet."""
    from fleet.models import Tick
    from searches.clock import ledger_now

    now = ledger_now()
    began = time.monotonic()
    later = Tick.objects.filter(slot__gt=now, ended_at__isnull=False)
    platform.wait_until(later.exists, _LONGEST)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
