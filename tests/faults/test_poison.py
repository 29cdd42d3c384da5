"""F20: a block that never gets on is put aside.

A block that raises an error each time: `tests/fleet/test_checkpoints.py`.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection

from darkreach import stages
from fleet import identity, leases, runner
from fleet.models import Lease
from searches import quarantine
from searches.models import Block, OutboxEvent
from tests.audits import broken
from tests.faults.outages import in_background
from tests.hunts import drain, placed, work_once


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
