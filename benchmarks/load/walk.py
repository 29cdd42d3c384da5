"""How long an operator waits: a worker told to stop, a search cancelled, in each stage.

    python -m benchmarks.load.walk --ledger sqlite --only ecpp

Real processes (bell, coordinator, one worker) with the lease numbers of a fleet. For
each kind of work: SIGTERM to the worker while it computes, until its last process has
ended and the lease is given back; then another worker, which goes on; then `manage.py
search cancel` as an operator types it, until the worker has dropped the block.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.load.place import prepared

#: The numbers of a fleet, instead of those that tests hurry with.
OF_A_FLEET = {
    "DARKREACH_LEASE_TTL": "60",
    "DARKREACH_LEASE_RENEWAL": "20",
    "DARKREACH_RECLAIM_EVERY": "10",
    "DARKREACH_PROGRESS_DEADLINE_FLOOR": "120",
    "DARKREACH_HEARTBEAT": "10",
    "DARKREACH_HEARTBEAT_TTL": "60",
    "DARKREACH_CHECKPOINT_EVERY": "60",
    "DARKREACH_LEADER_TTL": "15",
    "DARKREACH_TARGET_SECONDS": "60",
}

#: Seconds that work computes before it is stopped; until it begins, at most.
_IN_THE_MIDDLE, _LONGEST_WAIT = 4.0, 200.0


@dataclass(frozen=True)
class Work:
    """An order, and the stage in which it computes for long."""

    order: str
    ranges: dict[str, str]
    stage: str
    sieve_limit: int | None = 1000
    pm1: tuple[int, int] = (2, 2)
    #: Without machine code from before: it is stopped while it compiles.
    cold: bool = False


KINDS = {
    "sieve": Work("k*2^100000+1", {"k": "1:20000"}, "sieve", 10**13),
    "factorial sieve": Work("n!+-1", {"n": "100000:200000"}, "sieve", 10**13),
    "pm1": Work("5*2^n+1", {"n": "1777515"}, "pm1", 1000, (10**7, 10**8)),
    "prp": Work("3*2^n+1", {"n": "2145353"}, "prp"),
    "any number": Work("n!+1", {"n": "26951"}, "prp"),
    "compiling": Work("7*2^n+1", {"n": "2167800"}, "prp", cold=True),
    "lucas": Work("3*2^n-1", {"n": "414840"}, "prove"),
    "ecpp": Work("10^n+7", {"n": "999"}, "prove"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ledger", choices=["postgresql", "sqlite"], default="sqlite")
    parser.add_argument("--only", choices=list(KINDS), action="append")
    told = parser.parse_args()
    with like_a_fleet(told.ledger) as platform:
        platform.start(workers=0)
        for kind in told.only or KINDS:
            _walk(platform, kind, KINDS[kind])


@contextmanager
def like_a_fleet(ledger: str) -> Iterator[Any]:
    """A platform that is not started, with the numbers of a fleet."""
    with prepared(sqlite=ledger == "sqlite") as url:
        from django.conf import settings

        from tests.faults.platform import installed

        home = Path(os.environ["DARKREACH_HOME"])
        with installed(home, url, settings) as platform:
            platform.settings.update(OF_A_FLEET)
            yield platform


def _walk(platform: Any, kind: str, work: Work) -> None:
    from darkreach.order import Order
    from searches.planning import place_order

    order = Order.parse(work.order, work.ranges)
    search = place_order(
        order, sieve_limit=work.sieve_limit, pm1=work.pm1, priority=8
    ).search
    stopped, ending, kept = _stop(platform, search, work)
    cancelled = _cancel(platform, search, work)
    sys.stdout.write(
        f"{kind}: TERM {stopped:.1f} s, {ending}, {kept}; cancel {cancelled:.1f} s\n"
    )
    sys.stdout.flush()


def _stop(platform: Any, search: Any, work: Work) -> tuple[float, str, str]:
    """TERM while it computes: seconds, how the lease ended, what was kept."""
    from fleet.models import Checkpoint, Lease
    from tests.faults.platform import group_of

    with _at_work(platform, search, work) as (worker, block):
        processes = group_of(worker)
        worker.terminate()
        took = platform.wait_until(lambda: not any(map(_lives, processes)), 60)
    lease = Lease.objects.filter(block=block).latest("epoch")
    saved = Checkpoint.objects.filter(block=block).first()
    kept = "no checkpoint" if saved is None else f"{len(saved.data)} bytes kept"
    return took, lease.ending or "the lease is out", kept


def _cancel(platform: Any, search: Any, work: Work) -> float:
    """Seconds from the command to the moment when the worker has dropped the block."""
    from tests.darkreach_site.processes import manage
    from tests.faults.platform import group_of

    with _at_work(platform, search, work) as (worker, block):
        began = time.monotonic()
        number = str(search.pk)
        done = manage(platform.home, "search", "cancel", number, **platform.settings)
        assert done.returncode == 0, done.stderr
        gone = f"block {block}: the lease is gone", f"block {block} is left"
        platform.wait_until(lambda: any(platform.said(worker, g) for g in gone), 60)
        took = time.monotonic() - began
        processes = group_of(worker)
        worker.terminate()
        platform.wait_until(lambda: not any(map(_lives, processes)), 60)
    return took


@contextmanager
def _at_work(platform: Any, search: Any, work: Work) -> Iterator[tuple[Any, int]]:
    """A worker of one slot, and the block that it is in the middle of."""
    from django.conf import settings

    with tempfile.TemporaryDirectory(prefix="darkreach-kernels-") as empty:
        kernels = {"NUMBA_CACHE_DIR": empty} if work.cold else {}
        others = [platform.start_worker(queues=("sieve", "pm1"))] if work.cold else []
        queues = (work.stage,) if work.cold else settings.STAGES
        worker = platform.start_worker(queues=queues, **kernels)
        yield worker, _in_the_middle(platform, search, work)
        for other in others:
            other.terminate()


def _lives(pid: int) -> bool:
    from tests.darkreach_site.processes import alive

    return alive(pid)


def _in_the_middle(platform: Any, search: Any, work: Work) -> int:
    """A block of the stage that has been computed for some seconds."""
    from searches.clock import ledger_now
    from searches.models import Block

    running = Block.objects.filter(search=search, stage=work.stage, state="leased")
    seconds = timedelta(seconds=0.5 if work.cold else _IN_THE_MIDDLE)

    def old_enough() -> bool:
        return running.filter(started_at__lte=ledger_now() - seconds).exists()

    platform.wait_until(old_enough, _LONGEST_WAIT)
    return int(running.latest("started_at").pk)


if __name__ == "__main__":
    main()
