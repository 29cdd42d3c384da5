"""F15, F16: the network between a worker and the rest is cut, slow, or torn.

One worker reaches bell and ledger through links that the test holds in its hand, the
other one directly. (A ledger of SQLite is a file: only the bell is far away then. Hosts
that reach the ledger by an API over HTTPS do not exist yet.)
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from django.db import connection

from darkreach_site.children import Child
from fleet.models import Lease, Worker
from searches.models import Block, Search
from tests.faults import storm
from tests.faults.links import FROM, TO, Link
from tests.faults.platform import LEASE_TTL, LONGEST_START, Platform, group_of

#: Seconds: a cut that a lease outlives, one that it does not; until all is well again,
#: and until a worker that hears nothing has noticed it and started again.
SHORT, LONG, HEALED, RESTARTED = 4.0, 20.0, 60.0, 120.0
ONE_MBIT = 125_000.0
#: Threads that a worker may have more than before: those of a block that it works on.
FEW_THREADS = 3


class Remote:
    """A worker at the other end of a network."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.bell = Link(platform.port)
        self.links = [self.bell]
        settings = {"REDIS_URL": f"redis://127.0.0.1:{self.bell.port}/0"}
        if connection.vendor == "postgresql":
            folder = Path(str(connection.settings_dict["HOST"]))
            self.links.append(Link(folder / ".s.PGSQL.5432"))
            user = urlsplit(platform.settings["DATABASE_URL"]).username
            name = connection.settings_dict["NAME"]
            port = self.links[-1].port
            settings["DATABASE_URL"] = f"postgresql://{user}@127.0.0.1:{port}/{name}"
        self.searches: list[Search] = []
        self._orders = storm.orders()
        self.worker: Child = platform.start_worker(**settings)

    def done(self) -> int:
        """Blocks that it handed in."""
        assert self.worker.process is not None
        workers = Worker.objects.filter(pid=self.worker.process.pid)
        return Lease.objects.filter(worker__in=workers, ending="submitted").count()

    def works_again(self, within: float = HEALED) -> None:
        """It does blocks of orders that are placed from now on."""
        before, began = self.done(), time.monotonic()
        while self.done() == before:
            assert time.monotonic() - began < within, self.platform.logs()
            search = self.next_order()
            self.platform.wait_until(partial(storm.finished, search), HEALED)
            time.sleep(1)

    def next_order(self) -> Search:
        """Placed now."""
        self.searches.append(next(self._orders))
        return self.searches[-1]

    def threads(self) -> int:
        """Of all its processes."""
        return sum(psutil.Process(p).num_threads() for p in group_of(self.worker))

    def close(self) -> None:
        for link in self.links:
            link.heal()
            link.close()


@pytest.fixture
def remote(platform: Platform) -> Iterator[Remote]:
    platform.start(workers=1)
    remote = Remote(platform)
    platform.wait_until(lambda: platform.listening() >= 3, LONGEST_START)
    yield remote
    remote.close()


def check(remote: Remote) -> None:
    """Every order is whole and right, and nobody gave up."""
    for search in remote.searches:
        storm.check(search, endings=("reclaimed", "cancelled"))
    assert all(child.running for child in remote.platform.children)


def cut(
    remote: Remote, seconds: float, *sides: str, links: slice = slice(None)
) -> None:
    """While an order is worked on."""
    search = remote.next_order()
    leased = Block.objects.filter(state="leased", search=search)
    remote.platform.wait_until(leased.exists, 30)
    for link in remote.links[links]:
        link.cut(*sides)
    time.sleep(seconds)
    for link in remote.links:
        link.heal()
    remote.platform.wait_until(partial(storm.finished, search), HEALED)


@pytest.mark.timeout(900)
@pytest.mark.slow
def test_a_worker_that_is_cut_off_costs_a_lease_at_most(remote: Remote) -> None:
    """All links, one direction only, the bell only; shorter and longer than a lease."""
    assert SHORT < LEASE_TTL < LONG
    cut(remote, SHORT)
    cut(remote, LONG)
    remote.works_again()
    cut(remote, LONG, TO)
    cut(remote, LONG, FROM)
    remote.works_again()
    cut(remote, LONG, links=slice(1))
    remote.works_again()
    check(remote)


@pytest.mark.timeout(900)
@pytest.mark.slow
def test_a_slow_link_and_torn_connections_only_cost_time(remote: Remote) -> None:
    remote.works_again()
    before = remote.threads()
    for link in remote.links:
        link.rate = ONE_MBIT
    remote.works_again()
    for link in remote.links:
        link.rate = None
    for _ in range(3):
        for link in remote.links:
            link.tear()
        remote.works_again(RESTARTED)
    assert remote.threads() <= before + FEW_THREADS
    check(remote)
