"""Schedules: one run per slot, one leader, late slots skipped, standings told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from celery import current_app
from django.conf import settings
from django.db import connection

from fleet import beat, leader, schedule
from fleet.models import Tick

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def seconds(count: float) -> datetime:
    return NOON + timedelta(seconds=count)


@pytest.fixture
def locks(bell: redis.Redis) -> Iterator[list[leader.Lock]]:
    three = [leader.lock() for _ in range(3)]
    yield three
    for lock in three:
        lock.give_up()


def test_a_slot_runs_once_however_many_ask_for_it() -> None:
    def ask(_: int) -> bool:
        try:
            return schedule.begin("dispatch", NOON, now=seconds(1))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(24))) == 1
    assert Tick.objects.count() == 1


def test_after_a_pause_one_run_serves_all_slots_that_were_missed() -> None:
    assert schedule.begin("dispatch", NOON, now=seconds(30))
    late = [schedule.begin("dispatch", seconds(3 * i), now=seconds(31)) for i in (1, 9)]
    assert late == [False, False]
    assert schedule.begin("dispatch", seconds(33), now=seconds(33))


def test_tasks_do_not_stand_in_each_others_way() -> None:
    assert schedule.begin("dispatch", NOON, now=seconds(30))
    assert schedule.begin("reclaim", NOON, now=seconds(30))


def test_a_task_runs_for_its_slot_and_not_again_and_by_hand_whenever() -> None:
    slot = NOON.timestamp()
    for wanted in (True, False):
        with schedule.once("dispatch", slot) as ours:
            assert ours is wanted
    assert Tick.objects.get(task="dispatch").ended_at is not None
    with schedule.once("dispatch", None) as ours:
        assert ours


def test_the_tasks_of_the_schedule_exist_and_take_a_slot(
    bell: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    current_app.loader.import_default_modules()
    # A process of its own, which would look for a ledger that is not ours.
    monkeypatch.setattr("darkreach_site.exports.nightly.start", lambda: None)
    for name in settings.SCHEDULE:
        current_app.tasks[f"fleet.tasks.{name}"](slot=time.time())
        assert Tick.objects.get(task=name).error == ""


def test_a_failing_run_leaves_its_reason() -> None:
    with (
        pytest.raises(ValueError, match="no luck"),
        schedule.once("dispatch", NOON.timestamp()),
    ):
        raise ValueError("no luck")
    assert Tick.objects.get().error == "ValueError: no luck"


def test_a_task_is_unhealthy_when_none_ran_in_twice_its_interval() -> None:
    for task in settings.SCHEDULE:
        schedule.begin(task, NOON, now=seconds(0.5))
    assert all(s.healthy for s in schedule.standings(seconds(6)))
    late = {s.task for s in schedule.standings(seconds(15)) if not s.healthy}
    assert late == {"dispatch", "advance", "relay"}
    (dispatch,) = [s for s in schedule.standings(seconds(7)) if s.task == "dispatch"]
    assert dispatch.next_at == seconds(9)


def test_old_slots_are_forgotten() -> None:
    schedule.begin("dispatch", NOON, now=NOON)
    schedule.begin("dispatch", seconds(3), now=seconds(3))
    assert schedule.forget_old(NOON + schedule.KEPT + timedelta(seconds=2)) == 1
    assert Tick.objects.get().slot == seconds(3)


def test_the_last_run_of_a_rare_task_is_not_forgotten() -> None:
    schedule.begin("dispatch", NOON, now=NOON)
    schedule.begin("exports", NOON, now=NOON)
    later = NOON + timedelta(hours=20)
    schedule.begin("dispatch", later, now=later)
    assert schedule.forget_old(later) == 1
    healthy = {each.task: each.healthy for each in schedule.standings(later)}
    assert healthy["exports"] and healthy["dispatch"]
    assert not healthy["figures"]


def test_a_task_that_is_not_due_yet_is_not_late() -> None:
    schedule.begin("dispatch", NOON, now=NOON)
    healthy = {each.task: each.healthy for each in schedule.standings(seconds(5))}
    assert healthy["exports"]


def test_one_of_three_leads_until_it_gives_up(locks: list[leader.Lock]) -> None:
    for _ in range(2):
        assert [lock.leads() is not None for lock in locks] == [True, False, False]
    locks[0].give_up()
    assert [lock.leads() is not None for lock in locks[1:]] == [True, False]
    assert locks[0].leads() is None


def test_a_silent_leader_is_deposed(
    locks: list[leader.Lock], settings: Any, wait_until: Any
) -> None:
    settings.LEADER_TTL = 1
    assert locks[0].leads() is not None
    wait_until(lambda: locks[1].leads() is not None)
    assert locks[0].leads() is None


def test_a_leader_whose_lock_vanished_competes_again(
    locks: list[leader.Lock], bell: redis.Redis
) -> None:
    assert locks[0].leads() is not None
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks"
                " WHERE locktype = 'advisory' AND database ="
                " (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
    else:
        bell.flushall()
    locks[0].leads()
    assert sum(lock.leads() is not None for lock in locks) == 1


@pytest.fixture
def wait_until() -> Any:
    from tests.darkreach_site.processes import wait_until

    return wait_until


def test_the_leader_sends_each_slot_once_and_only_the_newest(
    bell: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    from darkreach_site.celery import app

    # This process is no scheduler: its signals stay what they are.
    monkeypatch.setattr(beat, "_end_in_order", lambda: None)
    scheduler = beat.Scheduler(app)
    monkeypatch.setattr(scheduler, "_lock", clock := Clock())
    clock.now = 600.0
    assert scheduler.tick() == pytest.approx(3.0)
    assert bell.llen("coordinator") == len(settings.SCHEDULE)
    clock.now = 601.0
    assert scheduler.tick() == pytest.approx(2.0)
    assert bell.llen("coordinator") == len(settings.SCHEDULE)
    clock.now = 663.0  # a minute stood still: one slot of each, not twenty
    scheduler.tick()
    due = sum(663 // every > 600 // every for every in settings.SCHEDULE.values())
    assert bell.llen("coordinator") == len(settings.SCHEDULE) + due
    clock.now = None
    scheduler.tick()
    due = sum(663 // every > 600 // every for every in settings.SCHEDULE.values())
    assert bell.llen("coordinator") == len(settings.SCHEDULE) + due
    scheduler.close()


class Clock:
    """A lock whose holder says what time it is."""

    now: float | None = None

    def leads(self) -> float | None:
        return self.now

    def give_up(self) -> None:
        self.now = None
