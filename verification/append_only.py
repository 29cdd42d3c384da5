"""Evidence is added, never changed or deleted: the database itself refuses.

A trigger on every table of evidence holds for every role, the owner's included, on
PostgreSQL and on SQLite. `migrate` puts missing ones in place at its end; a migration
that has to change evidence calls `lift` first.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = (
    *("searches_factor", "searches_sievedspan"),
    *("verification_residue", "verification_confirmation", "verification_refutation"),
    *("verification_certificate", "verification_certificatecheck"),
    *("verification_prime", "verification_primetag"),
    *("verification_testproof", "verification_certification"),
    "verification_otheropinion",
)
_REASON = "evidence is added, never changed or deleted"
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION darkreach_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{_REASON} (%)', TG_TABLE_NAME; END $$
"""


def keep(connection: BaseDatabaseWrapper) -> None:
    """Put the triggers in place that are missing."""
    wanted = missing(connection)
    if not wanted:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION)
        for statement in statements(connection.vendor, wanted):
            cursor.execute(statement)


def statements(vendor: str, tables: tuple[str, ...] = TABLES) -> list[str]:
    """What creates the triggers of these tables."""
    if vendor == "postgresql":
        return [
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION darkreach_append_only()"
            for table in tables
        ]
    return [
        f"CREATE TRIGGER {table}_no_{event} BEFORE {event} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, '{_REASON} ({table})'); END"
        for table in tables
        for event in ("update", "delete")
    ]


def lifting(vendor: str) -> list[str]:
    """What drops all of them."""
    if vendor == "postgresql":
        return [f"DROP TRIGGER IF EXISTS {t}_append_only ON {t}" for t in TABLES]
    return [
        f"DROP TRIGGER IF EXISTS {table}_no_{event}"
        for table in TABLES
        for event in ("update", "delete")
    ]


def lift(connection: BaseDatabaseWrapper) -> None:
    """Let evidence be changed until `keep`, for a migration."""
    with connection.cursor() as cursor:
        for statement in lifting(connection.vendor):
            cursor.execute(statement)


def missing(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """The tables of evidence that can be changed."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgrelid::regclass::text FROM pg_trigger"
                " WHERE tgname = tgrelid::regclass::text || '_append_only'"
                " AND tgenabled = 'O'"
            )
            kept = {str(table): 2 for (table,) in cursor.fetchall()}
        else:
            cursor.execute(
                "SELECT tbl_name, name FROM sqlite_master WHERE type='trigger'"
            )
            kept = {}
            for table, name in cursor.fetchall():
                if name in (f"{table}_no_update", f"{table}_no_delete"):
                    kept[table] = kept.get(table, 0) + 1
        return tuple(table for table in TABLES if kept.get(table, 0) < 2)


def after_migrate(sender: Any, using: str, **_: Any) -> None:
    """A receiver of post_migrate of this app, whose tables come last."""
    from django.db import connections

    connection = connections[using]
    if set(TABLES) <= set(connection.introspection.table_names()):
        keep(connection)
