"""F1, F2: processes of workers die by kill -9 at random moments; nothing is lost."""

from __future__ import annotations

import random
import signal
import time

import pytest

from darkreach_site.children import Child
from fleet.models import Lease
from searches.models import Block, Search
from tests.darkreach_site.processes import alive
from tests.faults import storm
from tests.faults.platform import Platform, hands_of, kill_all, send

#: How many processes die.
QUICK, LONG = 6, 60


def working(stage: str) -> bool:
    """Is any block of this stage held at the moment?"""
    return Block.objects.filter(stage=stage, state="leased").exists()


def holds_a_block(worker: Child) -> bool:
    """Does one of its processes compute at the moment?"""
    assert worker.process is not None
    held = Lease.objects.filter(ended_at__isnull=True)
    return (
        bool(hands_of(worker)) and held.filter(worker__pid=worker.process.pid).exists()
    )


def progressing(search: Search) -> bool:
    return Block.objects.filter(search=search, stage="prp", state="done").exists()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kills", [QUICK, pytest.param(LONG, marks=pytest.mark.slow)])
@pytest.mark.quick_on("postgresql")
def test_killed_children_cost_a_lease_each_and_nothing_else(
    platform: Platform, kills: int
) -> None:
    """The parents put new processes in the place of the dead ones."""
    workers = platform.start(workers=2)
    search = storm.place(storm.FEW if kills == QUICK else storm.MULTIPLIERS)
    killed = 0
    while not storm.finished(search) and killed < kills:
        holders = [worker for worker in workers if holds_a_block(worker)]
        if holders:
            victim = random.choice(hands_of(random.choice(holders)))
            send(victim, signal.SIGKILL)
            killed += 1
        time.sleep(random.uniform(0.1, 1.5) if holders else 0.05)
    platform.wait_until(lambda: storm.finished(search), 120)
    assert Lease.objects.filter(ending="reclaimed").exists()
    assert all(worker.running for worker in workers), platform.logs()
    storm.check(search)


@pytest.mark.quick_on("sqlite")
def test_killed_workers_are_replaced_and_their_blocks_done_again(
    platform: Platform,
) -> None:
    """A whole group first, then a parent only: its orphans finish what they hold."""
    first, second = platform.start(workers=2)
    search = storm.place(storm.FEW)
    platform.wait_until(lambda: working("sieve") or progressing(search), 30)
    kill_all(first)
    platform.start_worker()
    platform.wait_until(lambda: progressing(search), 60)
    orphans = hands_of(second)
    assert second.process is not None
    second.process.kill()
    second.process.wait()
    platform.start_worker()
    platform.wait_until(lambda: storm.finished(search), 120)
    platform.wait_until(lambda: not [pid for pid in orphans if alive(pid)], 30)
    storm.check(search)
