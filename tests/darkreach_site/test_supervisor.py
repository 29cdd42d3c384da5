"""Children are kept running, heard, and ended by their pids."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from darkreach_site import children
from darkreach_site.children import Log
from darkreach_site.supervisor import (
    CannotStart,
    StopFlag,
    Supervisor,
    only_one,
    require_free_port,
)
from tests.darkreach_site.processes import ROOT, alive, wait_until

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('deaf', flush=True); time.sleep(600)",
]


def pid_of(child: children.Child) -> int:
    assert child.process is not None
    return child.process.pid


def test_a_child_that_ends_is_started_again_later_and_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "FIRST_PAUSE", 0.05)
    told: list[str] = []
    supervisor = Supervisor(tmp_path, tell=told.append)
    child = supervisor.add("short", [sys.executable, "-c", "raise SystemExit(3)"])
    try:
        supervisor.run(until=lambda: len(told) >= 4)
    finally:
        supervisor.stop()
    assert child.failures >= 4
    assert child.never_ran
    assert "ended with status 3" in told[0]
    pauses = [min(0.05 * 2**n, children.LONGEST_PAUSE) for n in range(4)]
    assert pauses == sorted(pauses)


def test_back_off_doubles_to_a_minute_and_starts_anew_after_health(
    tmp_path: Path,
) -> None:
    child = children.Child("x", ["true"], Log(tmp_path / "x.log"))
    pauses = []
    for _ in range(8):
        child.start()
        assert child.process is not None
        child.process.wait()
        child.note_end()
        pauses.append(round(child.due_at - time.monotonic()))
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    child.start()
    assert child.process is not None
    child.process.wait()
    child.started_at -= children.HEALTHY_AFTER
    child.note_end()
    assert round(child.due_at - time.monotonic()) == 1
    assert not child.never_ran


def test_a_child_killed_from_outside_has_not_refused_to_start(tmp_path: Path) -> None:
    child = children.Child("x", SLEEP, Log(tmp_path / "x.log"))
    for _ in range(6):
        child.start()
        assert child.process is not None
        child.process.kill()
        child.process.wait()
        assert "signal 9" in child.note_end()
    assert not child.never_ran


def test_stopping_is_term_by_pid_and_kill_after_the_grace(tmp_path: Path) -> None:
    told: list[str] = []
    supervisor = Supervisor(tmp_path, tell=told.append)
    polite = supervisor.add("polite", SLEEP)
    deaf = supervisor.add("deaf", DEAF, grace=1.0)
    pids = [pid_of(polite), pid_of(deaf)]
    wait_until(lambda: "deaf" in "".join(deaf.log.tail()))
    supervisor.stop()
    assert not any(map(alive, pids))
    assert told == ["deaf: killed, it did not end within its grace"]


def test_a_second_request_cuts_the_grace_short(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, tell=lambda line: None)
    deaf = supervisor.add("deaf", DEAF, grace=60.0)
    wait_until(lambda: "deaf" in "".join(deaf.log.tail()))
    began = time.monotonic()
    supervisor.stop(hurry=lambda: True)
    assert time.monotonic() - began < 5


def test_what_a_dead_child_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys, time;"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        "print(p.pid, flush=True); time.sleep(600)"
    )
    supervisor = Supervisor(tmp_path, tell=lambda line: None)
    child = supervisor.add("parent", [sys.executable, "-c", script])
    try:
        wait_until(child.log.tail)
        grandchild = int(child.log.tail()[-1])
        os.kill(pid_of(child), signal.SIGKILL)
        wait_until(lambda: not child.running)
        supervisor.tick()
        wait_until(lambda: not alive(grandchild))
    finally:
        supervisor.stop()


def test_children_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path;"
        "from darkreach_site.supervisor import Supervisor;"
        f"s = Supervisor(Path({str(tmp_path)!r}));"
        "c = s.add('sleep', [sys.executable, '-c', 'import time; time.sleep(600)']);"
        "print(c.process.pid, flush=True); time.sleep(600)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    child = int(process.stdout.readline())
    assert alive(child)
    time.sleep(0.5)  # the guard needs a moment to become the program
    process.kill()
    process.wait()
    process.stdout.close()
    wait_until(lambda: not alive(child))


def test_the_guard_that_watches_its_parent_ends_the_program_too(tmp_path: Path) -> None:
    guard = str(children.GUARD)
    script = (
        f"import os, sys, time; sys.path.insert(0, {str(Path(guard).parent)!r});"
        "import guard;"
        "pid = os.getpid();"
        "child = os.fork();"
        "child or guard.watch(pid, [sys.executable, '-c',"
        " 'import os, time; print(os.getpid(), flush=True); time.sleep(600)']);"
        "child and time.sleep(600)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    program = int(process.stdout.readline())
    process.kill()
    process.wait()
    wait_until(lambda: not alive(program))
    process.stdout.close()


def test_errors_of_children_are_passed_on_and_the_rest_stays_in_the_log(
    tmp_path: Path,
) -> None:
    log = Log(tmp_path / "x.log")
    with log.path.open("w") as file:
        file.write("2026 INFO all is well\n2026 ERROR work: the disk is full\n")
        file.write('Traceback (most recent call last):\n  File "x"\nOSError: full\nhal')
    assert list(log.new_errors()) == [
        "2026 ERROR work: the disk is full",
        "OSError: full",
    ]
    with log.path.open("a") as file:
        file.write("f a line CRITICAL\n")
    assert list(log.new_errors()) == ["half a line CRITICAL"]
    assert list(log.new_errors()) == []


def test_a_log_that_grew_large_is_put_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "LOG_LIMIT", 100)
    log = Log(tmp_path / "x.log")
    writer = log.open()
    os.write(writer, b"INFO line\n" * 20)
    assert list(log.new_errors()) == []
    os.write(writer, b"ERROR after\n")
    os.close(writer)
    assert list(log.new_errors()) == ["ERROR after"]
    assert log.path.read_text() == "ERROR after\n"
    assert (tmp_path / "x.log.1").stat().st_size == 200


def test_only_one_may_hold_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "up.lock"
    with (
        only_one(lock, "taken by {pid}"),
        pytest.raises(CannotStart, match=f"taken by {os.getpid()}"),
        only_one(lock, "taken by {pid}"),
    ):
        raise AssertionError("both hold it")
    with only_one(lock, "free again"):
        pass


def test_a_port_in_use_is_named() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=f"port {port}"):
            require_free_port("127.0.0.1", port)


def test_a_stop_signal_is_remembered_and_the_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with StopFlag() as stop:
        assert not stop.asked()
        os.kill(os.getpid(), signal.SIGTERM)
        wait_until(stop.asked)
        assert not stop.asked_twice()
        os.kill(os.getpid(), signal.SIGINT)
        wait_until(stop.asked_twice)
    assert signal.getsignal(signal.SIGTERM) is before
