"""All files at once, in a folder that is exchanged as a whole.

`current` is a link to the newest finished folder: a reader never sees half of one, and
what was there before stays until the next time, for those who are still reading.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from darkreach.errors import OrderError
from darkreach_site.children import GUARD
from darkreach_site.exports import boinc, certificates, primes, results, sequences
from darkreach_site.home import REPOSITORY
from darkreach_site.supervisor import one_at_a_time
from searches import factor_files
from searches.clock import ledger_now
from searches.kinds import FORMS
from searches.models import Search

CURRENT = "current"
SUMS = "SHA256SUMS"
_KEPT = 2


def folder() -> Path:
    """Where the folders lie."""
    return Path(settings.EXPORTS)


def current() -> Path | None:
    """The newest finished folder."""
    found = folder() / CURRENT
    return found.resolve() if found.is_dir() else None


def start() -> None:
    """Make them in a process that nobody waits for, that gives way to others, and that
    ends with this one.

    If it is killed half-way, its draft is removed by the next one.
    """
    command = [sys.executable, str(REPOSITORY / "manage.py"), "export", "nightly"]
    process = subprocess.Popen(
        [sys.executable, str(GUARD), str(os.getpid()), "nice", "-n", "10", *command],
        stdout=subprocess.DEVNULL,
    )
    threading.Thread(target=process.wait, daemon=True).start()


def make(now: datetime | None = None) -> Path:
    """Write everything and exchange the folder; returns it. Two at once take turns."""
    home = folder()
    home.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(home / ".lock"):
        return _make(home, now or ledger_now())


def _make(home: Path, now: datetime) -> Path:
    for left in home.glob(".draft-*"):
        shutil.rmtree(left, ignore_errors=True)
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=home))
    try:
        _fill(draft, now)
        draft.chmod(0o755)
        done = draft.rename(home / f"{stamp}-{draft.name[-4:]}")
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    link = home / f".link-{draft.name[-4:]}"
    link.symlink_to(done.name)
    link.replace(home / CURRENT)
    _forget_old(home, done)
    return done


def _fill(draft: Path, now: datetime) -> None:
    _write(draft / "primes.csv", primes.table())
    _write(draft / "all.txt", primes.t5k_list())
    _write(draft / "results.json.txt", results.lines())
    certificates.write(draft / "certificates.tar.gz")
    boinc.write(draft / "stats", now, FORMS)
    for search in Search.objects.order_by("id").iterator():
        factors = (line + "\n" for line in factor_files.lines(search))
        _write(draft / f"factors-{search.pk}.txt", factors)
        with suppress(OrderError):  # no sequence
            _write(draft / f"b-{search.pk}.txt", sequences.bfile(search))
    sums = [
        f"{_sum(path)}  {path.relative_to(draft).as_posix()}\n"
        for path in sorted(draft.rglob("*"))
        if path.is_file()
    ]
    _write(draft / SUMS, sums)


def _write(path: Path, lines: Iterable[str]) -> None:
    """A text with the line ends of Unix, and only whole."""
    lines = iter(lines)
    first = next(lines, "")
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(first)
        out.writelines(lines)


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _forget_old(home: Path, newest: Path) -> None:
    done = sorted(
        (each for each in home.iterdir() if each.is_dir() and each.name[0] != "."),
        key=lambda each: each.stat().st_mtime,
        reverse=True,
    )
    folders = [each for each in done if not each.is_symlink() and each != newest]
    for old in folders[_KEPT - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


def listing() -> list[tuple[str, int, str]]:
    """The files of the newest folder: name, bytes, SHA-256 sum."""
    place = current()
    if place is None:
        return []
    rows = []
    for line in (place / SUMS).read_text("utf-8").splitlines():
        digest, _, name = line.partition("  ")
        rows.append((name, (place / name).stat().st_size, digest))
    return rows
