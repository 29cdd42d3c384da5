"""The ledger's clock: the only one that leases are measured by."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection


def ledger_now() -> datetime:
    """The time by the clock of the database (SQLite shares this host's clock)."""
    if connection.vendor != "postgresql":
        return datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    return now
