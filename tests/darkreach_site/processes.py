"""Looking at processes from the outside, as the tests of this folder need it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from darkreach_site.children import GUARD

ROOT = Path(__file__).resolve().parents[2]


def alive(pid: int) -> bool:
    """Does it run? A zombie that nobody has reaped does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Fail unless the condition holds within some seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not so within {seconds} s: {condition}")
        time.sleep(0.05)


def free_port() -> int:
    """A port of loopback that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


#: Nobody asks these installations how fast and how right their host computes.
_QUIET = {"DARKREACH_BENCHMARK": "0", "DARKREACH_SELF_TEST": "0"}


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a command that has its own home and nothing of this run's."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("DARKREACH_")
        and name not in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    }
    return {**kept, **_compiled_once(), "DARKREACH_HOME": str(home), **_QUIET, **more}


def _compiled_once() -> dict[str, str]:
    """Where bytecode may not lie beside the sources, the run's own folder keeps it.

    Each of the many processes would compile everything anew, for seconds.
    """
    if not sys.dont_write_bytecode:
        return {}
    folder = Path(os.environ["DARKREACH_HOME"]) / "bytecode"
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder)}


def manage(
    home: Path, *arguments: str, timeout: float = 120, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run a management command to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(home, **more),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def guarded(*command: str) -> list[str]:
    """A command that ends with this process, however that ends: a run of tests that is
    killed leaves no servers behind."""
    return [sys.executable, str(GUARD), str(os.getpid()), *command]


@contextmanager
def server(
    command: list[str], told: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended in any case, within seconds."""
    process = subprocess.Popen(guarded(*command), cwd=ROOT, env=told)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def start(home: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """Start a management command in a process group of its own."""
    return subprocess.Popen(
        guarded(sys.executable, "manage.py", *arguments),
        cwd=ROOT,
        env=environment(home, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )


def family(pid: int) -> list[int]:
    """A process's descendants."""
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]
