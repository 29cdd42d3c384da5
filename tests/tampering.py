"""Evidence that can be changed for a moment, to see who notices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from verification import append_only


@contextmanager
def tampering() -> Iterator[None]:
    """Rows of evidence may be changed and deleted inside."""
    append_only.lift(connection)
    try:
        yield
    finally:
        append_only.keep(connection)


def let_tests_clean_up() -> None:
    """Tests empty the tables between them, those of evidence too.

    By DELETE on both ledgers: TRUNCATE makes a new file for every table and index of
    PostgreSQL, and waits until the disk has them.
    """
    from django.db.backends.postgresql.base import DatabaseOperations as PostgreSQL
    from django.db.backends.sqlite3.base import DatabaseOperations as SQLite

    flush = SQLite.sql_flush

    def open_and_flush(self: Any, *args: Any, **options: Any) -> list[str]:
        lines: list[str] = flush(self, *args, **options)
        triggers = append_only.lifting("sqlite"), append_only.statements("sqlite")
        return [*triggers[0], *lines, *triggers[1]] if lines else lines

    def delete(self: Any, style: Any, tables: list[str], **_: Any) -> list[str]:
        # In this role neither triggers nor foreign keys are asked.
        role = "SET LOCAL session_replication_role = replica"
        names = map(self.quote_name, tables)
        return [role, *(f"DELETE FROM {name}" for name in names)] if tables else []

    SQLite.sql_flush = open_and_flush  # type: ignore[method-assign]
    PostgreSQL.sql_flush = delete  # type: ignore[method-assign]
