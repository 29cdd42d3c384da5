"""One child process of the supervisor: started, watched, logged, stopped by its pid.

A child gets a process group of its own, so that Ctrl-C in a terminal reaches only the
supervisor, and so that what a dead child leaves behind can be ended with it. It writes
straight into its log file: a supervisor that is stopped never makes a child wait.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

GUARD = Path(__file__).with_name("guard.py")

#: Seconds before the first restart; doubled at each failure up to the longest.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
#: A child that ran for so long is healthy: its next failure counts as the first.
HEALTHY_AFTER = 30.0
#: Bytes of a log file after which it is put aside as NAME.log.1.
LOG_LIMIT = 20_000_000

#: Worth a line on the terminal; the traceback between them stays in the log file.
_ERROR = re.compile(r"\b(ERROR|CRITICAL|FATAL)\b|^(\w+\.)*\w*(Error|Exception)\b")


class Log:
    """A child's log file, and which of its new lines name an error."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.position = path.stat().st_size if path.exists() else 0

    def open(self) -> int:
        """A descriptor that appends; the caller closes it."""
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def new_errors(self) -> Iterator[str]:
        """Lines written since the last call that name an error."""
        with contextlib.suppress(FileNotFoundError), self.path.open("rb") as file:
            file.seek(self.position)
            for raw in file:
                if not raw.endswith(b"\n"):
                    break  # half a line: the rest comes next time
                self.position += len(raw)
                line = raw.decode("utf-8", "replace").rstrip()
                if _ERROR.search(line):
                    yield line
        self._put_aside()

    def _put_aside(self) -> None:
        if self.position > LOG_LIMIT:
            # The child keeps its descriptor, and appending goes on at the new end.
            shutil.copyfile(self.path, self.path.with_name(self.path.name + ".1"))
            os.truncate(self.path, 0)
            self.position = 0

    def tail(self, lines: int = 5) -> list[str]:
        """The last lines, for a message about a child that does not start."""
        with contextlib.suppress(FileNotFoundError):
            text = self.path.read_text(encoding="utf-8", errors="replace")
            return [line for line in text.splitlines() if line.strip()][-lines:]
        return []


@dataclass
class Child:
    """A program that is to be kept running."""

    name: str
    command: list[str]
    log: Log
    #: Seconds from TERM to KILL.
    grace: float = 15.0
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    #: Ends in a row with an error status of its own, before it was healthy.
    refusals: int = 0
    started_at: float = 0.0
    due_at: float = 0.0

    @property
    def running(self) -> bool:
        """Does the program run? At its end whatever is left of its group ends too.

        The group is ended before its leader is reaped: afterwards the number might
        belong to somebody else's processes.
        """
        if self.process is None or self.process.returncode is not None:
            return False
        if hasattr(os, "waitid"):
            how = os.WEXITED | os.WNOHANG | os.WNOWAIT
            if os.waitid(os.P_PID, self.process.pid, how) is None:
                return True
            self.kill_group()
        return self.process.poll() is None

    @property
    def never_ran(self) -> bool:
        """It gave up by itself again and again; being killed is no refusal."""
        return self.refusals >= 4

    def start(self) -> None:
        """Start the program; only from the main thread, whose end the guard watches."""
        descriptor = self.log.open()
        try:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-I",
                    "-S",
                    str(GUARD),
                    str(os.getpid()),
                    *self.command,
                ],
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                process_group=0,
                env={**os.environ, **self.environment},
            )
        finally:
            os.close(descriptor)
        self.started_at = time.monotonic()

    def note_end(self) -> str:
        """Account for the end of the process; says what happened and what comes."""
        assert self.process is not None
        status = self.process.returncode
        lived = time.monotonic() - self.started_at
        self.process = None
        healthy = lived >= HEALTHY_AFTER
        self.failures = 1 if healthy else self.failures + 1
        self.refusals = 0 if healthy or status <= 0 else self.refusals + 1
        pause = min(FIRST_PAUSE * 2 ** (self.failures - 1), LONGEST_PAUSE)
        self.due_at = time.monotonic() + pause
        how = f"signal {-status}" if status < 0 else f"status {status}"
        return f"ended with {how} after {lived:.0f} s; restart in {pause:.0f} s"

    def terminate(self) -> None:
        """Ask the program to end; it may take its grace."""
        if self.process is not None and self.running:
            os.kill(self.process.pid, signal.SIGTERM)

    def kill_group(self) -> None:
        """End at once whatever is left of the child's own process group."""
        if self.process is not None and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
