"""Making the ledger ready: reachable, with all its tables, with a first operator."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from darkreach_site.home import make_home
from darkreach_site.supervisor import CannotStart, one_at_a_time


def pending_migrations() -> bool:
    """Does the ledger lack tables or columns of this version?"""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _address() -> str:
    parts = connection.settings_dict
    if settings.LEDGER_IS_SQLITE:
        return str(parts["NAME"])
    host = parts["HOST"] or parts["OPTIONS"].get("host") or "the local socket"
    return f"PostgreSQL database {parts['NAME']} at {host}"


def ensure_migrated() -> None:
    """Bring the ledger up to this version; several commands at once take turns."""
    make_home(settings.HOME)
    try:
        if pending_migrations():
            with one_at_a_time(settings.HOME / "migrate.lock"):
                connection.close()
                if pending_migrations():
                    call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise CannotStart(f"the ledger, {_address()}: {reason[0]}") from error


def ensure_operator() -> tuple[str, str] | None:
    """Make the first operator if there is none: its name and password, told once."""
    users = get_user_model().objects
    if users.filter(is_superuser=True).exists():
        return None
    name, password = "admin", secrets.token_urlsafe(12)
    if users.filter(username=name).exists():
        name = f"admin-{secrets.token_hex(2)}"
    users.create_superuser(username=name, password=password)
    return name, password
