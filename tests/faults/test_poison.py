"""F19, F20: blocks that kill their worker, or never get on, are put aside.

A block that raises an error each time: `tests/fleet/test_checkpoints.py`.
"""

from __future__ import annotations

import signal
import time
from typing import Any

import pytest
from django.db import connection

from darkreach import stages
from darkreach.order import Order
from fleet import bell as bell_door
from fleet import identity, leases, runner
from fleet.models import Lease
from searches import control, quarantine
from searches.models import Block, OutboxEvent, Search
from searches.planning import place_order
from tests.audits import broken
from tests.faults import storm
from tests.faults.outages import in_background
from tests.faults.platform import Platform, hands_of, send
from tests.hunts import drain, placed, work_once

#: A number that takes minutes.
ENDLESS_N = "800001"


def quarantined(block: Block) -> bool:
    block.refresh_from_db()
    return block.state == "quarantined"


def check_evidence(block: Block, ending: str = "reclaimed") -> None:
    """What an operator sees of it: three leases that were lost, and one event."""
    history = Lease.objects.filter(block=block).order_by("epoch")
    assert list(history.values_list("epoch", "ending")) == [
        (epoch, ending) for epoch in (1, 2, 3)
    ]
    assert OutboxEvent.objects.filter(kind="block.quarantined").count() == 1


@pytest.mark.quick_on("postgresql")
def test_a_block_that_never_gets_on_is_taken_away_and_put_aside(
    transactional_db: None, bell: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worker renews the lease all the time; only progress would keep it."""
    settings.LEASE_TTL, settings.LEASE_RENEWAL = 3, 1
    settings.PROGRESS_DEADLINE_FLOOR = 1
    search = placed("3*2^n+1", n="209:209")
    while not Block.objects.filter(stage="prp").exists():
        assert work_once()
    block = Block.objects.get(stage="prp")
    program = stages.program("prp")

    class Stuck:
        start, state = staticmethod(program.start), staticmethod(program.state)

        def step(self, run: Any, seconds: float) -> float:
            time.sleep(0.1)
            return 0.25

    monkeypatch.setattr(runner.stages, "program", lambda name: Stuck())
    dropped = []

    def work() -> None:
        while not quarantined(block):
            for grant in leases.claim(identity.register(), "prp"):
                runner.run_block(grant)
                dropped.append(grant.epoch)
            time.sleep(0.1)
        connection.close()

    with in_background(work):
        deadline = time.monotonic() + 60
        while not quarantined(block) and time.monotonic() < deadline:
            leases.reclaim()
            time.sleep(0.2)
    assert dropped == [1, 2, 3]
    check_evidence(block)
    monkeypatch.undo()
    assert quarantine.retry(block.pk)
    drain()
    search.refresh_from_db()
    assert search.state == "finished"
    assert broken() == {}


def endless() -> Search:
    order = Order.parse("3*2^n+1", {"n": ENDLESS_N})
    return place_order(order, sieve_limit=1000, pm1=(2, 2), priority=9).search


@pytest.mark.timeout(400)
@pytest.mark.slow
def test_a_block_whose_process_dies_three_times_is_put_aside_and_the_fleet_lives(
    platform: Platform,
) -> None:
    """SIGKILL in the middle of the block, as the kernel does when memory is short."""
    workers = platform.start(workers=2)
    poison = endless()
    tests = Block.objects.filter(search=poison, stage="prp")
    platform.wait_until(tests.exists, 60)
    block = tests.get()
    healthy = storm.place(storm.FEW)

    def killed() -> bool:
        for worker in bell_door.live_workers():
            for line in worker["doing"]:
                if line["block"] == block.pk and line["pid"] in all_hands():
                    send(line["pid"], signal.SIGKILL)
                    return True
        return False

    def all_hands() -> list[int]:
        return [pid for worker in workers for pid in hands_of(worker)]

    lost = Lease.objects.filter(block=block, ending="reclaimed")
    for losses in (1, 2, 3):
        platform.wait_until(killed, 60)
        platform.wait_until(lambda losses=losses: lost.count() == losses, 30)
    assert quarantined(block)
    check_evidence(block)
    platform.wait_until(lambda: storm.finished(healthy), 120)
    assert all(worker.running for worker in workers)
    assert quarantine.retry(block.pk)
    platform.wait_until(lambda: tests.filter(state="leased").exists(), 30)
    assert control.cancel(poison.pk)
    live = Lease.objects.filter(block=block, ended_at__isnull=True)
    platform.wait_until(lambda: not live.exists(), 30)
    storm.check(healthy, endings=("reclaimed", "cancelled"))
