"""F9, F11: the ledger dies, freezes or drops its sessions under load.

The test is a worker itself and keeps a list of every submit that was acknowledged; all
of them must be there afterwards. Real workers and a coordinator run beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError, connection

from darkreach import stages
from fleet import identity, leases
from fleet.models import Lease
from fleet.submit import submit
from searches.models import Block, Search
from tests.faults import storm
from tests.faults.outages import Outages, in_background
from tests.faults.platform import Platform
from verification import acceptance
from verification.work import task_of

AWAY = (DatabaseError, InterfaceError)
SHORT, LONG = 4.0, 120.0


@pytest.fixture
def outages(ledger: str, request: pytest.FixtureRequest) -> Outages:
    return Outages(request)


class Client:
    """A worker in this process that remembers what it was promised."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, str] = {}
        self.interrupted = 0

    def patiently(self, call: Callable[[], Any]) -> Any:
        """As often as it takes, over new connections."""
        while True:
            try:
                return call()
            except AWAY:
                self.interrupted += 1
                connection.close()
                time.sleep(0.2)

    def work_once(self) -> bool:
        """Do one test block, if there is one."""
        worker = self.patiently(identity.register)
        grants = self.patiently(lambda: leases.claim(worker, "prp"))
        for grant in grants:
            block = self.patiently(
                lambda: Block.objects.select_related("search").get(pk=grant.block)
            )
            task = self.patiently(lambda: task_of(block))
            program = stages.program(acceptance.kind_of(block))
            run = program.start(task)
            while program.step(run) < 1.0:
                pass
            result = program.result(run)
            outcome = self.patiently(lambda: submit(grant, result))
            self.acknowledged[grant.lease] = outcome["status"]
        return bool(grants)

    def work(self, search: Search, seconds: float) -> None:
        """Until the search is done."""
        deadline = time.monotonic() + seconds
        while not self.patiently(lambda: storm.finished(search)):
            assert time.monotonic() < deadline
            if not self.work_once():
                time.sleep(0.1)

    def check(self) -> None:
        """Nothing that was promised is gone."""
        kept = {
            lease: outcome["status"]
            for lease, outcome in Lease.objects.filter(
                pk__in=self.acknowledged
            ).values_list("id", "outcome")
        }
        assert kept == self.acknowledged


@pytest.mark.parametrize("away", [SHORT, pytest.param(LONG, marks=pytest.mark.slow)])
def test_a_power_cut_of_the_ledger_loses_no_acknowledged_submit(
    platform: Platform, outages: Outages, away: float
) -> None:
    platform.start(workers=1)
    search = storm.place()
    client = Client()
    until_first_tests(platform, search)
    with in_background(outages.power_cut, away):
        client.work(search, away + 120)
    assert outages.is_sqlite or client.interrupted
    client.check()
    storm.check(search)


def test_a_frozen_ledger_and_cut_sessions_only_cost_time(
    platform: Platform, outages: Outages
) -> None:
    platform.start(workers=1)
    search = storm.place(storm.FEW)
    client = Client()
    until_first_tests(platform, search)
    with in_background(stumble, outages):
        client.work(search, 120)
    client.check()
    storm.check(search)


def stumble(outages: Outages) -> None:
    outages.cut_connections()
    outages.freeze(SHORT)
    for _ in range(3):
        time.sleep(0.3)
        outages.cut_connections()


def until_first_tests(platform: Platform, search: Search) -> None:
    tests = Block.objects.filter(search=search, stage="prp")
    platform.wait_until(tests.exists, 60)
