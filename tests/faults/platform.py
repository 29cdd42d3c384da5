"""A platform of real processes for one test: bell, scheduler, coordinator, workers.

It works on the ledger of the test itself, so that the test looks at the same rows, and
has a home folder and a bell of its own. Lease numbers are a tenth of the real ones.
Every process is stopped by its pid; none outlives the test, whatever happens to it.
"""

from __future__ import annotations

import http.client
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import redis

from darkreach_site import programs
from darkreach_site.children import Child, Log
from darkreach_site.embedded_bell import answers, find_server, server_command
from darkreach_site.home import bell_socket
from tests.darkreach_site.processes import alive, environment, family, free_port

QUICK = {
    "DARKREACH_LEASE_TTL": "6",
    "DARKREACH_LEASE_RENEWAL": "2",
    "DARKREACH_RECLAIM_EVERY": "2",
    "DARKREACH_PROGRESS_DEADLINE_FLOOR": "60",
    "DARKREACH_HEARTBEAT": "1",
    "DARKREACH_HEARTBEAT_TTL": "6",
    "DARKREACH_TARGET_SECONDS": "1",
    "DARKREACH_CHECKPOINT_EVERY": "1",
    "DARKREACH_LEADER_TTL": "3",
}
LEASE_TTL = 6.0
STAGES = ("sieve", "pm1", "prp", "prove")
#: Seconds: two busy cores need a while to start a worker.
LONGEST_START = 90.0


class Platform:
    """The processes of one installation, each in a process group of its own."""

    def __init__(self, home: Path, ledger_url: str) -> None:
        self.home = home
        self.socket = bell_socket(home)
        # By TCP, as other hosts reach it.
        self.port = free_port()
        self.bell_url = f"redis://127.0.0.1:{self.port}/0"
        self.children: list[Child] = []
        self.settings = {
            **environment(home, **QUICK),
            "DATABASE_URL": ledger_url,
            "REDIS_URL": self.bell_url,
            "DARKREACH_LOG_LEVEL": "INFO",
        }
        self._names = 0

    def start_bell(self) -> Child:
        """Start the bell, or start it again, and wait until it answers."""
        data = self.home / "bell"
        data.mkdir(exist_ok=True, mode=0o700)
        command = server_command(find_server(), self.socket, data)
        command += ["--port", str(self.port), "--bind", "127.0.0.1"]
        bell = self._start("bell", command)
        self.wait_until(lambda: answers(self.socket), LONGEST_START)
        return bell

    @property
    def bell(self) -> redis.Redis:
        """A client of the bell; the caller closes it."""
        return redis.Redis.from_url(self.bell_url, socket_timeout=5)

    def start_coordinator(self) -> Child:
        """Housekeeping and its scheduler."""
        return self._start("coordinator", programs.coordinator_with_beat())

    def start_scheduler(self) -> Child:
        """A scheduler of its own, one of several."""
        self._names += 1
        return self._start(f"beat-{self._names}", programs.beat())

    def start_housekeeper(self) -> Child:
        """A coordinator without a scheduler."""
        return self._start("coordinator", programs.coordinator())

    def start_worker(
        self,
        slots: int = 1,
        home: Path | None = None,
        program: Path | None = None,
        queues: tuple[str, ...] = STAGES,
        **settings: str,
    ) -> Child:
        """A worker of all stages under a name, and perhaps in a folder and with
        settings, of its own; of the program in another folder if that is named."""
        self._names += 1
        name = f"worker-{self._names}"
        command = programs.worker(name, queues, slots)
        if program is not None:
            command = ["env", "-C", str(program), *command]
        return self._start(name, command, home, **settings)

    def start_site(self, **settings: str) -> Site:
        """The site, once it answers."""
        site = Site(free_port())
        self._start("site", programs.web(site.port), **settings)
        self.wait_until(lambda: site.get("/health/live") == 200, LONGEST_START)
        return site

    def start(self, workers: int = 2, slots: int = 1) -> list[Child]:
        """The whole platform; returns its workers once they listen."""
        self.start_bell()
        self.start_coordinator()
        crew = [self.start_worker(slots) for _ in range(workers)]
        self.wait_until(lambda: self.listening() >= workers + 1, LONGEST_START)
        return crew

    def listening(self) -> int:
        """How many workers the bell has heard lately."""
        client = self.bell
        try:
            return int(client.zcard("darkreach:workers"))  # type: ignore[arg-type]
        except redis.RedisError:
            return 0
        finally:
            client.close()

    def _start(
        self, name: str, command: list[str], home: Path | None = None, **settings: str
    ) -> Child:
        child = Child(name, command, Log(self.home / "logs" / f"{name}.log"))
        child.environment = {
            **self.settings,
            "DARKREACH_HOME": str(home or self.home),
            **settings,
        }
        self.children.append(child)
        child.start()
        return child

    def wait_until(self, condition: Callable[[], object], seconds: float) -> float:
        """Fail with the ends of the logs unless it comes true; the seconds it took."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > seconds:
                raise AssertionError(f"not so within {seconds} s\n{self.logs()}")
            time.sleep(0.1)
        return time.monotonic() - began

    def logs(self, lines: int = 12) -> str:
        """The ends of all logs."""
        parts = []
        for child in self.children:
            parts.append(f"--- {child.name}, running: {child.running}")
            parts += child.log.tail(lines)
        return "\n".join(parts)

    def said(self, child: Child, text: str) -> bool:
        """Did this process write that into its log?"""
        return text in child.log.path.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """TERM to all, then KILL, the bell last. Fails if anything is left."""
        seen = [pid for child in self.children for pid in group_of(child)]
        rest = [child for child in self.children if child.name != "bell"]
        for child in self.children:
            for pid in group_of(child):
                send(pid, signal.SIGCONT)
        for child in rest:
            child.terminate()
        deadline = time.monotonic() + 15
        while any(child.running for child in rest) and time.monotonic() < deadline:
            time.sleep(0.05)
        for child in (*rest, *self.children):
            child.kill_group()
            if child.process is not None:
                child.process.wait()
        left = [pid for pid in seen if alive(pid)]
        assert not left, f"processes {left} outlived the platform\n{self.logs()}"


@contextmanager
def installed(home: Path, ledger_url: str, settings: Any) -> Iterator[Platform]:
    """A platform that is not started yet, whose bell this process asks too, as its
    `settings` say from here on; it is stopped at the end."""
    from fleet import bell

    platform = Platform(home, ledger_url)
    settings.BELL_URL = platform.bell_url
    bell.client.cache_clear()
    try:
        yield platform
    finally:
        platform.stop()
        bell.client().close()
        bell.client.cache_clear()


@dataclass(frozen=True)
class Site:
    """The site of a platform as a browser sees it."""

    port: int

    def get(self, path: str) -> int:
        """The status of an answer; 0 for none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()


def group_of(child: Child) -> list[int]:
    """A running child with its descendants."""
    if child.process is None or not child.running:
        return []
    try:
        return [child.process.pid, *family(child.process.pid)]
    except psutil.NoSuchProcess:
        return []


def hands_of(worker: Child) -> list[int]:
    """The processes of a worker that compute."""
    return group_of(worker)[1:]


def send(pid: int, number: signal.Signals) -> None:
    """A signal to a process that may have ended already."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def kill_all(child: Child) -> None:
    """`kill -9` to a whole process group, and no more of it."""
    child.kill_group()
    assert child.process is not None
    child.process.wait()


@contextmanager
def frozen(pids: list[int]) -> Iterator[None]:
    """These processes stand still: they keep their sockets and answer nobody."""
    for pid in pids:
        send(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            send(pid, signal.SIGCONT)
