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
    """Tests empty the tables between them: on SQLite by DELETE."""
    from django.db.backends.sqlite3.base import DatabaseOperations

    flush = DatabaseOperations.sql_flush

    def open_and_flush(self: Any, *args: Any, **options: Any) -> list[str]:
        lines: list[str] = flush(self, *args, **options)
        triggers = append_only.lifting("sqlite"), append_only.statements("sqlite")
        return [*triggers[0], *lines, *triggers[1]] if lines else lines

    DatabaseOperations.sql_flush = open_and_flush  # type: ignore[method-assign]
