"""Runs a program that ends when its supervisor ends, even by kill -9.

    python guard.py SUPERVISOR_PID PROGRAM [ARGUMENT ...]

Linux tells a process about its parent's death (PR_SET_PDEATHSIG, kept across exec), so
there this file becomes the program. Elsewhere it stays as the program's parent and
looks once a second whether it still has its own. Imports nothing of the project:
start-up counts.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1


def become(supervisor: int, command: list[str]) -> None:
    """Linux: ask for TERM at the supervisor's death, then turn into the program."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != supervisor:
        sys.exit(1)  # it died before we asked
    os.execvp(command[0], command)


def watch(supervisor: int, command: list[str]) -> int:
    """Elsewhere: pass TERM on, and send it ourselves when the supervisor is gone."""
    child = subprocess.Popen(command)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    told = False
    while child.poll() is None:
        if os.getppid() != supervisor and not told:
            child.terminate()
            told = True
        time.sleep(1 if not told else 0.2)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


if __name__ == "__main__":
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform.startswith("linux"):
        become(parent, program)
    sys.exit(watch(parent, program))
