"""Heartbeats: what they say, how they back off, and how the fleet is read."""

from __future__ import annotations

import logging
import statistics
import time
from pathlib import Path
from typing import Any

import pytest
import redis

from fleet import bell as bell_door
from fleet import heart, identity, sensors
from fleet.board import board


def description(number: int, **more: Any) -> dict[str, Any]:
    return {
        "worker": f"{number:032x}",
        "hostname": f"host-{number}",
        "pid": number,
        "queues": ["prp", "sieve"],
        "slots": 4,
        "hardware_class": "cpu",
        "version": "0.1.0",
        "load": 1.5,
        "temperature": None,
        "paused": False,
        "doing": [
            {
                "pid": 7,
                "block": 1000 + slot,
                "stage": "prp",
                "count": 100,
                "progress": 0.25,
                "current": "3*2^66006+1",
                "seconds": 9.0,
                "speed": 2.0,
            }
            for slot in range(4)
        ],
        **more,
    }


def test_pauses_double_from_ten_seconds_to_five_minutes_with_jitter() -> None:
    backoff = heart.Backoff(10)
    steps = [backoff.failed() for _ in range(8)]
    for (pause, _), full in zip(
        steps, (10, 20, 40, 80, 160, 300, 300, 300), strict=True
    ):
        assert 0.8 * full <= pause <= full
    assert [longer for _, longer in steps] == [True] * 6 + [False] * 2
    assert backoff.succeeded() == 8
    assert backoff.failed()[0] <= 10
    assert len({heart.Backoff(10).failed()[0] for _ in range(20)}) > 10


def test_one_line_per_escalation_and_one_when_the_bell_is_back(
    bell: redis.Redis, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    beating = heart.Heart()
    good = settings.BELL_URL
    with caplog.at_level(logging.WARNING, "fleet.heart"):
        settings.BELL_URL = "redis://127.0.0.1:1/0"
        bell_door.client.cache_clear()
        for _ in range(8):
            beating.beat()
        assert len(caplog.records) == 6
        settings.BELL_URL = good
        bell_door.client.cache_clear()
        assert beating.beat() == settings.HEARTBEAT
    assert "back after 8" in caplog.records[-1].getMessage()


def test_a_heartbeat_tells_what_every_slot_does(bell: redis.Redis) -> None:
    me = identity.become(["sieve"], 2)
    board.show({"pid": 1, "block": 5, "stage": "sieve", "progress": 0.5, "speed": 3.0})
    try:
        heart.Heart().beat()
    finally:
        board.clear()
    (full,) = bell_door.live_workers()
    assert full["doing"][0]["block"] == 5
    assert full["version"] and "temperature" in full
    (short,) = bell_door.present()
    assert (short.worker, short.block, short.progress) == (me.worker, "5", "50")
    assert (short.state, short.busy, short.speed) == ("works", "1", "3")
    heart.Heart().stop()
    assert bell_door.present() == []


def test_paused_workers_are_no_reason_to_ring() -> None:
    workers = [description(1), description(2, paused=True)]
    assert bell_door.live_slots(workers) == {"prp": 4, "sieve": 4}


def test_what_a_host_says_cannot_break_the_roster(bell: redis.Redis) -> None:
    bell_door.heartbeat(description(1, hostname="a\tb\nc" + "x" * 300))
    bell_door.heartbeat(description(2, doing=[]))
    rows = bell_door.present()
    told = {row.hostname[:5]: row.state for row in rows}
    assert told == {"a b c": "works", "host-": "idle"}


def test_silent_workers_leave_the_roster(bell: redis.Redis, settings: Any) -> None:
    bell_door.heartbeat(description(1))
    bell_door.heartbeat(description(2))
    said, heard = line(bell, 1)
    bell.hset("darkreach:lines", f"{1:032x}", f"{said}\t{heard - 61}")
    assert [row.hostname for row in bell_door.present()] == ["host-2"]


def test_who_was_silent_for_long_is_forgotten(bell: redis.Redis, settings: Any) -> None:
    bell_door.heartbeat(description(1))
    long_ago = time.time() - 10 * settings.HEARTBEAT_TTL - 1
    bell.zadd("darkreach:workers", {f"{1:032x}": long_ago})
    bell_door.heartbeat(description(2))
    assert bell.hkeys("darkreach:lines") == [f"{2:032x}".encode()]
    assert bell.zcard("darkreach:workers") == 1


def line(bell: redis.Redis, number: int) -> tuple[str, int]:
    """What a host said in short, and when the bell heard it."""
    told: Any = bell.hget("darkreach:lines", f"{number:032x}")
    said, heard = told.decode().rsplit("\t", 1)
    return said, int(heard)


def test_hosts_of_another_version_say_more_or_less(bell: redis.Redis) -> None:
    for number, said in enumerate(("a\thost-1", "b\thost-2" + "\tmore" * 40)):
        told = f"{said}\t{int(time.time())}"
        bell.hset("darkreach:lines", f"{number:032x}", told)
    bell.hset("darkreach:lines", "nonsense", "\n\t\xff")
    bell_door.heartbeat(description(3))
    rows = bell_door.present()
    assert {row.hostname for row in rows} == {"host-1", "host-2", "host-3"}
    assert all(-1 <= float(row.age) < 5 for row in rows)


def test_a_thousand_hosts_are_read_in_one_answer_without_a_scan(
    bell: redis.Redis,
) -> None:
    for number in range(1000):
        bell_door.heartbeat(description(number))
    assert len(bell_door.present()) == 1000
    bell.config_resetstat()
    times = []
    for _ in range(30):
        began = time.perf_counter()
        rows = bell_door.present()
        times.append(time.perf_counter() - began)
    assert len({row.worker for row in rows}) == 1000
    stats: Any = bell.info("commandstats")
    assert not any("scan" in name or "keys" in name for name in stats)
    assert stats["cmdstat_hvals"]["calls"] == 30
    # A loose guard: reading them one by one takes several times as long.
    assert statistics.median(times) < 0.05


def test_sensors_read_what_the_system_tells_and_nothing_else(tmp_path: Path) -> None:
    assert sensors.read(tmp_path)["temperature"] is None
    for number, text in enumerate(["45000", "71500", "-128000", "junk"]):
        chip = tmp_path / f"sys/class/hwmon/hwmon{number}"
        chip.mkdir(parents=True)
        (chip / "temp1_input").write_text(text)
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal: 9 kB\nMemAvailable: 4096 kB\n")
    read = sensors.read(tmp_path)
    assert (read["temperature"], read["memory"]) == (71.5, 4.0)


@pytest.mark.django_db
def test_operators_see_the_fleet_as_it_is_now(
    bell: redis.Redis, admin_client: Any
) -> None:
    for number in range(120):
        bell_door.heartbeat(description(number))
    page = admin_client.get("/admin/fleet/worker/live/").content.decode()
    assert "120 workers, 480 of 480 slots busy" in page
    assert "3*2^66006+1" in page and "page 1 of 2" in page
    assert "Fleet now" in admin_client.get("/admin/fleet/worker/").content.decode()
