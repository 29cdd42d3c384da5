"""F9, F11: the ledger dies, freezes or drops its sessions under load.

The test is a worker itself and keeps a list of every submit that was acknowledged; all
of them must be there afterwards. Real workers and a coordinator run beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError, connection

from darkreach import stages
from fleet import identity, leases
from fleet.leases import Grant
from fleet.models import Lease
from fleet.submit import submit
from searches.models import Block, Search
from tests.faults import storm
from tests.faults.outages import Outages, in_background
from tests.faults.platform import Platform
from verification.work import task_of

#: Seconds.
SHORT, LONG = 4.0, 120.0


@pytest.fixture
def outages(ledger: str, request: pytest.FixtureRequest) -> Iterator[Outages]:
    yield Outages(request)
    connection.close()  # it may have been cut, and the tests to come need it


class Client:
    """A worker in this process that remembers what it was promised."""

    def __init__(self, search: Search, seconds: float) -> None:
        self.acknowledged: dict[str, str] = {}
        self.interrupted = 0
        self._search = search
        self._deadline = time.monotonic() + seconds

    def work(self) -> None:
        """Until the search is done; to be run in a thread of its own."""
        try:
            while not self._patiently(storm.finished, self._search):
                worker = self._patiently(identity.register)
                grants = self._patiently(leases.claim, worker, "prp")
                for grant in grants:
                    result = compute(self._patiently(task_of_lease, grant))
                    outcome = self._patiently(submit, grant, result)
                    self.acknowledged[grant.lease] = outcome["status"]
                if not grants:
                    time.sleep(0.1)
        finally:
            connection.close()

    def _patiently(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """As often as it takes, over new connections."""
        while True:
            try:
                return call(*arguments)
            except (DatabaseError, InterfaceError):
                assert time.monotonic() < self._deadline
                self.interrupted += 1
                connection.close()
                time.sleep(0.2)

    def check(self) -> None:
        """Nothing that was promised is gone."""
        kept = {
            lease: outcome["status"]
            for lease, outcome in Lease.objects.filter(
                pk__in=self.acknowledged
            ).values_list("id", "outcome")
        }
        assert kept == self.acknowledged


@pytest.mark.timeout(900)
@pytest.mark.parametrize("away", [SHORT, pytest.param(LONG, marks=pytest.mark.slow)])
@pytest.mark.quick_on("postgresql")
def test_a_power_cut_of_the_ledger_loses_no_acknowledged_submit(
    platform: Platform, outages: Outages, away: float
) -> None:
    platform.start(workers=1)
    search = storm.place(storm.FEW if away == SHORT else storm.MULTIPLIERS)
    client = Client(search, away + 120)
    until_first_tests(platform, search)
    with in_background(client.work):
        outages.power_cut(away)
    assert outages.is_sqlite or client.interrupted
    connection.close()
    client.check()
    storm.check(search)


@pytest.mark.quick_on("postgresql")
def test_a_frozen_ledger_and_cut_sessions_only_cost_time(
    platform: Platform, outages: Outages
) -> None:
    platform.start(workers=1)
    search = storm.place(storm.FEW)
    client = Client(search, 120)
    until_first_tests(platform, search)
    with in_background(client.work):
        outages.cut_connections()
        outages.freeze(SHORT)
        for _ in range(3):
            time.sleep(0.3)
            outages.cut_connections()
    connection.close()
    client.check()
    storm.check(search)


def until_first_tests(platform: Platform, search: Search) -> None:
    tests = Block.objects.filter(search=search, stage="prp")
    platform.wait_until(tests.exists, 60)


def task_of_lease(grant: Grant) -> dict[str, Any]:
    """What to compute under this lease."""
    return task_of(Block.objects.select_related("search").get(pk=grant.block))


def compute(task: dict[str, Any]) -> dict[str, Any]:
    """The result, in one go."""
    program = stages.program(task["stage"])
    run = program.start(task)
    while program.step(run) < 1.0:
        pass
    return program.result(run)
