"""Whose workers a hunt uses."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from django.conf import settings

from darkreach_site import crew
from darkreach_site.crew import Crew, really_lives, unserved
from darkreach_site.supervisor import CannotStart, Supervisor

ALL = [*settings.STAGES, "coordinator"]


def worker(queues: list[str], pid: int, hostname: str = "") -> dict[str, object]:
    return {
        "worker": "w",
        "hostname": hostname or socket.gethostname(),
        "pid": pid,
        "queues": queues,
        "slots": 1,
    }


def ended_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_killed_worker_of_this_host_does_not_count() -> None:
    assert really_lives(worker(ALL, os.getpid()))
    assert not really_lives(worker(ALL, ended_pid()))
    assert really_lives(worker(ALL, ended_pid(), hostname="elsewhere"))


def test_every_stage_and_the_coordinator_must_be_served() -> None:
    assert unserved([worker(ALL, 1)]) == set()
    assert unserved([worker(["sieve", "prp"], 1), worker(["prove"], 2)]) == {
        "pm1",
        "coordinator",
    }
    # A worker for one kind of hardware does not take what any machine may do.
    assert "prp" in unserved([worker(["prp.gpu"], 1)])


class Recorder(Crew):
    started = 0

    def start(self) -> None:
        self.own = True
        self.started += 1


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(Supervisor(tmp_path, tell=lambda line: None), slots=1)


def test_without_live_workers_own_ones_start_at_once(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew.bell, "live_workers", list)
    recorder.tick()
    recorder.tick()
    assert recorder.started == 1


def test_live_workers_are_used_until_they_have_been_away_for_a_while(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(crew.time, "monotonic", lambda: now)
    alive = [worker(ALL, os.getpid())]
    monkeypatch.setattr(crew.bell, "live_workers", lambda: alive)
    recorder.tick()
    alive = []
    now += crew.PATIENCE - 1
    recorder.tick()
    assert recorder.started == 0
    now += crew.LOOK_EVERY
    recorder.tick()
    assert recorder.started == 1


def test_a_bell_that_is_away_for_a_moment_starts_nothing(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(crew.time, "monotonic", lambda: now)
    monkeypatch.setattr(crew.bell, "live_workers", lambda: [worker(ALL, os.getpid())])
    recorder.tick()

    def away() -> list[dict[str, object]]:
        raise redis.ConnectionError

    monkeypatch.setattr(crew.bell, "live_workers", away)
    now += crew.LOOK_EVERY + 1
    recorder.tick()
    assert recorder.started == 0


def test_workers_that_never_come_up_end_the_hunt(recorder: Recorder) -> None:
    child = recorder.supervisor.add(
        "worker", [sys.executable, "-c", "raise SystemExit"]
    )
    recorder.own = True
    child.refusals = 4
    try:
        with pytest.raises(CannotStart, match="worker does not start"):
            recorder.tick()
    finally:
        recorder.supervisor.stop()
