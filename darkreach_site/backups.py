"""Backups of the ledger while everything runs; their restoration into an empty one.

PostgreSQL: the custom format of pg_dump, one consistent snapshot. SQLite: its online
backup. A file never appears half-written, and only its owner may read it.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

#: How files of either kind begin.
_MAGIC = {"postgresql": b"PGDMP", "sqlite": b"SQLite format 3\0"}


class BackupError(Exception):
    """Nothing was done; the message says why."""


def backup(file: Path) -> int:
    """Write the whole ledger into a new file; returns its size in bytes."""
    if file.exists():
        raise BackupError(f"{file} exists; name another file")
    if not file.parent.is_dir():
        raise BackupError(f"there is no folder {file.parent}")
    draft = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _HOW[connection.vendor][0](draft)
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.rename(file)
    except OSError as error:
        raise BackupError(f"{file}: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
    return file.stat().st_size


def restore(file: Path) -> None:
    """Put a backup into this ledger, which has to be empty."""
    kind = _kind(file)
    if kind != connection.vendor:
        raise BackupError(
            f"{file} is a backup of {kind}, and DATABASE_URL names {connection.vendor}"
        )
    try:
        tables = connection.introspection.table_names()
    except DatabaseError as error:
        raise BackupError(f"the ledger does not answer: {error}") from error
    finally:
        connection.close()
    if tables:
        raise BackupError(
            f"this ledger has {len(tables)} tables already: a backup goes into an "
            "empty database only"
        )
    _HOW[kind][1](file)


def _kind(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            head = opened.read(16)
    except OSError as error:
        raise BackupError(f"{file}: {error.strerror}") from error
    for kind, magic in _MAGIC.items():
        if head.startswith(magic):
            return kind
    raise BackupError(f"{file} is no backup of a ledger")


def _dump(file: Path) -> None:
    _postgresql("pg_dump", "--format=custom", "--no-owner", f"--file={file}")


def _load(file: Path) -> None:
    name = str(connection.settings_dict["NAME"])
    _postgresql(
        "pg_restore",
        *("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"),
        f"--dbname={name}",
        str(file),
    )


def _postgresql(program: str, *arguments: str) -> None:
    """One of the server's own programs; no password stands on its command line."""
    found = _program(program)
    done = subprocess.run(
        [found, "--no-password", *arguments],
        env={**os.environ, **_credentials()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise BackupError(f"{program}: {lines[0]}")


def _program(name: str) -> str:
    """From PATH, or the newest of the usual folders of Debian."""
    usual = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    newest = sorted(usual, key=lambda path: float(path.parts[4]), reverse=True)
    found = shutil.which(name) or next(map(str, newest), None)
    if found is None:
        raise BackupError(
            f"{name} was not found: install PostgreSQL's client programs "
            "(postgresql-client), of the server's version or newer"
        )
    return found


def _credentials() -> dict[str, str]:
    parts = connection.settings_dict
    options = parts.get("OPTIONS", {})
    values = {
        "PGDATABASE": parts["NAME"],
        "PGHOST": parts["HOST"] or options.get("host"),
        "PGPORT": parts["PORT"] or options.get("port"),
        "PGUSER": parts["USER"] or options.get("user"),
        "PGPASSWORD": parts["PASSWORD"],
        "PGSSLMODE": options.get("sslmode"),
        "PGSSLROOTCERT": options.get("sslrootcert"),
    }
    return {name: str(value) for name, value in values.items() if value}


def _copy_out(file: Path) -> None:
    source = sqlite3.connect(_sqlite_file(), timeout=30)
    target = sqlite3.connect(file)
    try:
        source.backup(target)
        # Without a journal of its own: one file is the whole backup.
        target.execute("PRAGMA journal_mode=DELETE")
    finally:
        target.close()
        source.close()


def _copy_in(file: Path) -> None:
    settings.HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
    source = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
    target = sqlite3.connect(_sqlite_file(), timeout=30)
    try:
        (answer,) = source.execute("PRAGMA quick_check").fetchone()
        if answer != "ok":
            raise BackupError(f"{file} is damaged: {answer}")
        source.backup(target)
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{file}: {error}") from error
    finally:
        target.close()
        source.close()


def _sqlite_file() -> str:
    return str(connection.settings_dict["NAME"])


_HOW: dict[str, tuple[Callable[[Path], None], Callable[[Path], None]]] = {
    "postgresql": (_dump, _load),
    "sqlite": (_copy_out, _copy_in),
}
