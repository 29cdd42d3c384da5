"""manage.py up, as a person at a terminal meets it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.darkreach_site.processes import (
    alive,
    family,
    free_port,
    manage,
    start,
    wait_until,
)


class Platform:
    """A running `up`, its terminal collected line by line."""

    def __init__(self, home: Path, port: int) -> None:
        self.port = port
        self.process = start(
            home,
            *("up", "--port", str(port), "--workers", "1"),
            DARKREACH_LOG_LEVEL="INFO",
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line.rstrip())

    def saw(self, text: str) -> bool:
        return any(text in line for line in self.lines)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


@pytest.fixture
def platform(home: Path) -> Iterator[Platform]:
    running = Platform(home, free_port())
    yield running
    if running.process.poll() is None:
        running.stop()
    running._reader.join(timeout=10)
    for stream in (running.process.stdout, running.process.stderr):
        assert stream is not None
        stream.close()


def test_it_introduces_itself_restarts_children_and_stops_all_of_them(
    home: Path, platform: Platform
) -> None:
    wait_until(lambda: platform.saw("Ctrl-C"), 90)
    assert platform.saw(f"http://127.0.0.1:{platform.port}/")
    shown = [line for line in platform.lines if "password" in line]
    assert len(shown) == 1
    assert re.search(r"Operator admin, password \S{12,}", shown[0])

    with urllib.request.urlopen(
        f"http://127.0.0.1:{platform.port}/health/ready", timeout=5
    ) as answer:
        assert answer.status == 200

    second = manage(home, "up", "--port", str(free_port()))
    assert second.returncode == 1
    assert f"process {platform.process.pid}" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1

    children = family(platform.process.pid)
    victim = next(pid for pid in children if b"uvicorn" in command_of(pid))
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: platform.saw("web: ended with signal 9"), 20)
    wait_until(
        lambda: any(b"uvicorn" in command_of(p) for p in family(platform.process.pid))
    )

    children = family(platform.process.pid)
    assert len(children) >= 5
    assert platform.stop() == 0
    assert not [pid for pid in children if alive(pid)]


def test_a_hunt_uses_the_workers_that_live_already(
    home: Path, platform: Platform
) -> None:
    wait_until(lambda: platform.saw("Ctrl-C"), 90)
    wait_until(lambda: "ready" in log_of(home, "worker"), 90)
    done = manage(home, "hunt", "3*2^n+1", "--n", "1:60", timeout=200)
    assert done.returncode == 0, done.stderr
    assert "3*2^41+1" in done.stdout
    assert not (home / "logs" / "hunt-worker.log").exists()
    assert platform.process.poll() is None


def log_of(home: Path, name: str) -> str:
    return (home / "logs" / f"{name}.log").read_text()


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_nothing_outlives_an_up_that_is_killed(platform: Platform) -> None:
    wait_until(lambda: platform.saw("Ctrl-C"), 90)
    children = family(platform.process.pid)
    platform.process.kill()
    platform.process.wait()
    wait_until(lambda: not [pid for pid in children if alive(pid)], 30)


def test_a_port_in_use_is_said_before_anything_starts(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = manage(home, "up", "--port", str(port))
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert not (home / "bell.sock").exists()
    assert not (home / "ledger.sqlite3").exists()


def test_an_unreachable_bell_or_ledger_is_named(home: Path) -> None:
    port = str(free_port())
    nowhere = f"127.0.0.1:{free_port()}"
    done = manage(home, "up", "--port", port, REDIS_URL=f"redis://:pw@{nowhere}/0")
    assert done.returncode == 1
    assert nowhere in done.stderr and "pw" not in done.stderr
    done = manage(
        home, "up", "--port", port, DATABASE_URL=f"postgresql://u:pw@{nowhere}/x"
    )
    assert done.returncode == 1
    assert "ledger" in done.stderr and "pw@" not in done.stderr
