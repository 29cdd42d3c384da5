"""Other programs are asked about potential records, in a process: it takes hours."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

from darkreach_site.children import GUARD
from darkreach_site.home import REPOSITORY
from verification import records


def start() -> bool:
    """Ask about all that are due in a process that nobody waits for and that ends with
    this one. False: there is nothing to ask, or it is being asked on this host."""
    if not records.waiting():
        return False
    with only_one() as ours:
        if not ours:
            return False
    command = [sys.executable, str(REPOSITORY / "manage.py"), "ask_about_records"]
    process = subprocess.Popen(
        [sys.executable, str(GUARD), str(os.getpid()), "nice", "-n", "10", *command],
        stdout=subprocess.DEVNULL,
    )
    threading.Thread(target=process.wait, daemon=True).start()
    return True


@contextmanager
def only_one() -> Iterator[bool]:
    """True inside if no other process of this host holds it."""
    lock = Path(settings.HOME) / "opinions.lock"
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    ours = False
    try:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ours = True
        yield ours
    finally:
        os.close(descriptor)
