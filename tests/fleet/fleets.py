"""Fleets of several hosts inside one process, through the real claim and submit."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from darkreach import stages
from fleet import leases
from fleet.models import Worker
from fleet.submit import submit
from searches.clock import ledger_now
from searches.models import Block
from tests.hunts import QUEUES, advance_all
from verification import acceptance
from verification.work import task_of

Result = dict[str, Any]
Lie = Callable[[Block, Result], Result]


@dataclass
class Host:
    """A worker of its own host; `lie` changes what it hands in."""

    name: str
    lie: Lie | None = None
    queues: tuple[str, ...] = ("prove", "prp", "pm1", "sieve")
    lies: int = 0

    def __post_init__(self) -> None:
        now = ledger_now()
        self.worker = Worker.objects.create(
            id=f"{self.name:0>32}"[-32:],
            hostname=self.name,
            pid=1,
            queues=list(self.queues),
            started_at=now,
            seen_at=now,
        ).pk

    def work(self) -> bool:
        """Do one block, honestly or not. False: there was nothing for this host."""
        Worker.objects.filter(pk=self.worker).update(seen_at=ledger_now())
        for queue in self.queues:
            for grant in leases.claim(self.worker, queue):
                block = Block.objects.select_related("search").get(pk=grant.block)
                result = honest_result(block)
                if self.lie is not None:
                    told = self.lie(block, result)
                    self.lies += told != result
                    result = told
                submit(grant, result)
                advance_all()
                return True
        return False


def honest_result(block: Block) -> Result:
    program = stages.program(acceptance.kind_of(block))
    run = program.start(task_of(block))
    while program.step(run) < 1.0:
        pass
    return program.result(run)  # type: ignore[no-any-return]


def coordinator() -> Host:
    return Host("coordinator", queues=("coordinator",))


def work_out(hosts: list[Host], most: int = 1_000) -> int:
    """In turns, in any order, until nobody finds anything; returns how many rounds."""
    assert set(QUEUES) <= {queue for host in hosts for queue in host.queues}
    advance_all()
    done = 0
    dice = random.Random(len(hosts))
    while any([host.work() for host in dice.sample(hosts, len(hosts))]):
        done += 1
        assert done < most
    return done
