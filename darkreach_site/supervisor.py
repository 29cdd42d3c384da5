"""Keeps the children of one platform running, and stops them in order.

One loop in the main thread does everything: `tick` restarts what ended (after 1, 2, 4,
… 60 s), passes errors from the logs on, and looks after the embedded bell. Nothing here
knows what the children do.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from darkreach_site.children import Child, Log
from darkreach_site.embedded_bell import EmbeddedBell

#: Seconds between two looks at the children.
TICK = 0.2
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class CannotStart(Exception):
    """The platform cannot be started; the message says why and what would help."""


def say(line: str) -> None:
    """One line for the person at the terminal; stdout is kept for answers."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


@contextmanager
def only_one(lock: Path, message: str) -> Iterator[None]:
    """Hold `lock` for as long as the block runs, or raise CannotStart with `message`.

    The system drops the lock when its holder ends, however it ends.
    """
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            raise CannotStart(message.format(pid=holder or "unknown")) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """Wait for `lock`, hold it while the block runs."""
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def require_free_port(host: str, port: int) -> None:
    """CannotStart when somebody listens on host:port already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"port {port} on {host} cannot be used ({error.strerror}); name a free "
                "one: manage.py up --port N"
            ) from None


class Supervisor:
    """Starts children, keeps them running, stops them; the bell first and last."""

    def __init__(
        self,
        logs: Path,
        bell: EmbeddedBell | None = None,
        tell: Callable[[str], None] = say,
    ) -> None:
        self.logs = logs
        self.bell = bell
        self.tell = tell
        self.children: list[Child] = []

    def add(
        self,
        name: str,
        command: list[str],
        grace: float = 15.0,
        environment: dict[str, str] | None = None,
    ) -> Child:
        """Start a child and keep it running from now on."""
        log = Log(self.logs / f"{name}.log")
        child = Child(name, command, log, grace, environment or {})
        self.children.append(child)
        child.start()
        return child

    def tick(self) -> None:
        """Look at everything once; never blocks for long."""
        if self.bell is not None:
            for line in self.bell.look_after():
                self.tell(f"bell: {line}")
        for child in self.children:
            if child.process is None:
                if time.monotonic() >= child.due_at:
                    child.start()
            elif not child.running:
                end = child.note_end()
                self._pass_errors(child)
                self.tell(f"{child.name}: {end}")
            self._pass_errors(child)

    def _pass_errors(self, child: Child) -> None:
        for line in child.log.new_errors():
            self.tell(f"{child.name}: {line}")

    def run(self, until: Callable[[], bool]) -> None:
        """Tick until told to end."""
        while not until():
            self.tick()
            time.sleep(TICK)

    def stop(
        self, hurry: Callable[[], bool] = lambda: False, idle: bool = False
    ) -> None:
        """TERM to every child by pid, KILL after its grace, then the bell by TERM.

        `hurry` cuts the grace short; the ledger loses nothing by it, a block only goes
        back to its last checkpoint. `idle` says that the children hold nothing that
        they could put down: they are ended at once.
        """
        running = [child for child in self.children if child.running]
        for child in running:
            if idle:
                child.kill_group()
            else:
                child.terminate()
        asked_at = time.monotonic()
        killed: list[Child] = []
        while running := [child for child in running if child.running]:
            waited = time.monotonic() - asked_at
            for child in running:
                late = hurry() or waited > child.grace
                if late and child not in killed:
                    killed.append(child)
                    child.kill_group()
                    self.tell(f"{child.name}: killed, it did not end within its grace")
            time.sleep(0.05)
        for child in self.children:
            self._pass_errors(child)
        self.children.clear()
        if self.bell is not None:
            self.bell.stop()


class StopFlag:
    """Remembers that somebody asked us to stop, by Ctrl-C or by a signal."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> StopFlag:
        self._before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
        for number in STOP_SIGNALS:
            signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.count += 1

    def asked(self) -> bool:
        return self.count > 0

    def asked_twice(self) -> bool:
        return self.count > 1
