"""`manage.py search`, limits of searches, and who is served when."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import redis
from django.core.management import CommandError, call_command

from fleet import bell as bell_door
from fleet import leases, limits
from fleet.models import Lease, Limit, Worker
from searches import control
from searches.clock import ledger_now
from searches.models import Block, OutboxEvent, Search
from tests.hunts import placed

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
WORKER = "a" * 32


@pytest.fixture(autouse=True)
def worker(bell: redis.Redis) -> None:
    Worker.objects.create(id=WORKER, hostname="a", pid=1, started_at=NOON, seen_at=NOON)


def told(*words: object) -> str:
    out = StringIO()
    call_command("search", *map(str, words), stdout=out)
    return out.getvalue().strip()


def state(search: Search) -> str:
    search.refresh_from_db()
    return search.state


def test_searches_are_listed_and_shown() -> None:
    search = placed("3*2^n+1", n="1:100")
    control.pause(placed("5*2^n+1", n="1:100").pk)
    assert "3*2^n+1" in told("list", "--state", "running")
    assert len(json.loads(told("list", "--json"))) == 2
    shown = json.loads(told("show", search.pk, "--json"))
    assert (shown["state"], shown["spent"], shown["dead_blocks"]) == ("running", 0, [])
    assert "state: running" in told("show", search.pk)


def test_searches_are_paused_and_resumed_from_a_shell() -> None:
    search = placed("3*2^n+1", n="1:100")
    for action, then in (("pause", "paused"), ("resume", "running")):
        assert told(action, search.pk) == f"search {search.pk} is {then}"
        assert state(search) == then
    refused = "is running: no resume; possible: cancel, pause"
    with pytest.raises(CommandError, match=refused):
        told("resume", search.pk)
    with pytest.raises(CommandError, match=r"no search 999; see manage.py search list"):
        told("show", 999)


@pytest.mark.parametrize(
    "words", [("pause",), ("priority", "7"), ("deadline", "none"), ("budget", "2")]
)
def test_a_finished_search_is_not_changed_any_more(words: tuple[str, ...]) -> None:
    search = placed("3*2^n+1", n="1:100")
    Search.objects.filter(pk=search.pk).update(state="finished")
    with pytest.raises(CommandError, match="finished: it cannot be changed any more"):
        told(words[0], search.pk, *words[1:])
    assert not Limit.objects.exists()


def test_a_cancel_ends_the_leases_and_rings_their_workers_at_once() -> None:
    search = placed("3*2^n+1", n="1:100")
    (grant,) = leases.claim(WORKER, "sieve")
    told("cancel", search.pk)
    assert Lease.objects.get(pk=grant.lease).ending == "cancelled"
    assert bell_door.await_look(WORKER, 1)
    assert not leases.renew(grant)


def test_dead_blocks_are_listed_retried_and_given_up() -> None:
    search = placed("3*2^n+1", n="1:100")
    block = Block.objects.get(search=search)
    for action, then in (("retry", "ready"), ("give-up", "cancelled")):
        Block.objects.filter(pk=block.pk).update(state="quarantined", reclaims=3)
        assert f"dead block {block.pk}" in told("show", search.pk)
        with pytest.raises(CommandError, match=f"these are: {block.pk}"):
            told(action, search.pk, "--block", block.pk + 1)
        assert told(action, search.pk) == f"1 blocks: {action}"
        assert Block.objects.get(pk=block.pk).state == then
        with pytest.raises(CommandError, match="has no dead blocks"):
            told(action, search.pk)


@pytest.mark.parametrize(
    "words",
    [
        ("priority", "10"),
        ("priority", "x"),
        ("deadline", "soon"),
        ("deadline", "2026-01-01T12:00"),
        ("budget", "0"),
    ],
)
def test_nonsense_is_refused_with_a_reason(words: tuple[str, str]) -> None:
    search = placed("3*2^n+1", n="1:100")
    with pytest.raises(CommandError):
        told(words[0], search.pk, words[1])


def test_a_deadline_pauses_the_search() -> None:
    search = placed("3*2^n+1", n="1:100")
    told("deadline", search.pk, "2199-01-01T12:00")
    then = datetime(2199, 1, 1, 12, tzinfo=UTC)
    assert limits.enforce(then - timedelta(seconds=1)) == []
    assert limits.enforce(then) == [search.pk]
    assert state(search) == "paused"
    assert "deadline" in Limit.objects.get().reached
    assert OutboxEvent.objects.filter(kind="search.limit_reached").count() == 1
    told("deadline", search.pk, "none")
    told("resume", search.pk)
    assert limits.enforce(then) == []


def test_a_budget_counts_reported_computing_time() -> None:
    search = placed("3*2^n+1", n="1:100")
    told("budget", search.pk, "0.5")
    Block.objects.filter(search=search).update(seconds=1799.0)
    assert limits.enforce() == []
    Block.objects.filter(search=search).update(seconds=1800.0)
    assert limits.enforce() == [search.pk]


def claimed(now: datetime) -> int:
    (grant,) = leases.claim(WORKER, "sieve", now=now)
    leases.release(grant, now=now)
    return Block.objects.get(pk=grant.block).search_id


def test_a_priority_takes_effect_at_the_next_claim() -> None:
    first, second = (placed(f"{k}*2^n+1", n="1:100") for k in (3, 5))
    now = ledger_now()
    assert claimed(now) == first.pk
    told("priority", second.pk, "6")
    assert claimed(now) == second.pk


def test_the_lowest_priority_is_served_too_and_not_too_often() -> None:
    high, low = (placed(f"{k}*2^n+1", n="1:100") for k in (3, 5))
    control.set_priority(high.pk, 9)
    control.set_priority(low.pk, 0)
    now = ledger_now()
    served = [claimed(now + timedelta(seconds=15 * turn)) for turn in range(120)]
    assert served[:36] == [high.pk] * 36
    # In half an hour about once in ten minutes.
    assert 2 <= served.count(low.pk) <= 3


def test_equal_priorities_share_the_fleet() -> None:
    searches = [placed(f"{k}*2^n+1", n="1:2500000") for k in (3, 5)]
    grants = [leases.claim(WORKER, "sieve")[0] for _ in range(4)]
    first = Block.objects.filter(pk__in=[grant.block for grant in grants])
    assert first.filter(search=searches[0]).count() == 2
