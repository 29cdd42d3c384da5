"""F12: clocks of hosts are days wrong and jump; the ledger's own is set forward once.

Leases go by the ledger's clock and the roster by the bell's: what a host's clock says
is of no consequence.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import redis
from django.db import connection

from darkreach import stages
from fleet import bell as bell_door
from fleet import identity, leases
from fleet.models import Lease
from fleet.submit import submit
from searches import clock
from searches.models import Block, Search
from tests.audits import broken
from tests.hunts import QUEUES, advance_all, drain, placed
from tests.oracle import prime_exponents
from verification import results
from verification.work import task_of

pytestmark = pytest.mark.django_db(transaction=True)
LAST = 90
DAY, STEP = 86_400.0, timedelta(minutes=10)


def check(search: Search) -> None:
    search.refresh_from_db()
    assert search.state == "finished"
    found = [prime["variables"]["n"] for prime in results.primes(search)]
    assert found == prime_exponents(3, 2, 1, range(1, LAST + 1))
    assert broken() == {}


def jumping(chance: random.Random) -> Callable[[], float]:
    """A clock that is up to a day off, each time it is asked by as much as it likes."""
    true = time.time
    return lambda: true() + chance.uniform(-DAY, DAY)


@pytest.mark.parametrize("seed", range(3))
def test_a_hunt_is_right_whatever_the_clock_of_its_host_says(
    seed: int, bell: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", jumping(random.Random(seed)))
    search = placed("3*2^n+1", n=f"1:{LAST}")
    drain()
    assert not Lease.objects.exclude(ending="submitted").exists()
    check(search)


def test_hosts_whose_clocks_are_wrong_live_and_hide_nobody(
    bell: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = time.time
    for number, wrong in enumerate((0.0, DAY, -DAY, 3600.0)):
        monkeypatch.setattr(time, "time", lambda wrong=wrong: true() + wrong)
        me = identity.become(["prp"], 1, node=f"host-{number}")
        bell_door.heartbeat({**me.describe(), "doing": []})
    monkeypatch.setattr(time, "time", lambda: true() - DAY)
    fleet = bell_door.present()
    assert len(fleet) == len(bell_door.live_workers()) == 4
    assert 0.0 <= bell_door.oldest_heartbeat(fleet) < 5.0


@contextmanager
def set_forward(by: timedelta, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The ledger's clock is ahead of what it was."""
    if connection.vendor == "sqlite":

        class Ahead(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return datetime.now(tz) + by

        monkeypatch.setattr(clock, "datetime", Ahead)
        yield
        return
    ahead = f"SELECT clock_timestamp() + interval '{by.total_seconds():.0f} s'"

    def ask(execute: Any, sql: str, *rest: Any) -> Any:
        return execute(ahead if sql == "SELECT clock_timestamp()" else sql, *rest)

    with connection.execute_wrapper(ask):
        yield


def test_a_ledger_set_forward_leases_each_block_again_at_most_once(
    bell: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = placed("3*2^n+1", n=f"1:{LAST}")
    advance_all()
    (grant,) = [g for queue in QUEUES for g in leases.claim(identity.register(), queue)]
    block = Block.objects.select_related("search").get(pk=grant.block)
    program = stages.program(block.stage)
    run = program.start(task_of(block))
    while program.step(run) < 1.0:
        pass
    with set_forward(STEP, monkeypatch):
        assert leases.reclaim() == [grant.block]
        drain()
        answer = submit(grant, program.result(run))
    assert answer["status"] == "refused"
    assert max(Block.objects.values_list("reclaims", flat=True)) == 1
    assert Lease.objects.filter(ending="reclaimed").count() == 1
    monkeypatch.undo()
    check(search)
