"""Hosts that may work for this ledger with credentials of their own, until revoked."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import redis
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from fleet import bell, rights
from fleet.models import Host
from searches.clock import ledger_now

_NAME = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]")

#: What is left to a host that misuses its credentials. Shown at each enrolment.
STILL_POSSIBLE = """\
With these credentials a host that is not honest could still:
- read all orders, numbers, results and primes, but no accounts and no sessions;
- take, spoil or end blocks and leases of other hosts, and store residues under another
  host's name: the fences are in the program, not in the database;
- mark numbers as factored or composite: the audit (I2, I5) finds those that have no
  evidence; end or cancel searches;
- see and swallow rings of the queues that it serves, and messages in flight of all;
- pretend on the bell that other workers live, or tell them to look at the ledger.
It could not write primes or their verifications, change or delete evidence, change
orders, priorities or accounts, or ring queues that it does not serve. Give them to
hosts that you control only; volunteers get neither."""


class EnrolmentError(Exception):
    """Nothing was enrolled or revoked; the message says why."""


@dataclass(frozen=True)
class Credentials:
    """The addresses of ledger and bell for one host: shown once, stored nowhere."""

    database: str
    bell: str
    #: The bell forgets its users at a restart: it has no file for them.
    fleeting: bool


def enrol(
    name: str, queues: Sequence[str], by: str = "", now: datetime | None = None
) -> Credentials:
    """Give a host a role and a bell user. EnrolmentError if it cannot be."""
    _check(name, queues)
    if Host.objects.filter(name=name, revoked_at=None).exists():
        raise EnrolmentError(f"{name} is enrolled; revoke it first for new credentials")
    password, secret = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    try:
        with transaction.atomic():
            Host.objects.update_or_create(
                name=name,
                defaults={
                    "role": _role(name),
                    "bell_user": _user(name),
                    "queues": list(queues),
                    "enrolled_at": now or ledger_now(),
                    "enrolled_by": by[:150],
                    "revoked_at": None,
                },
            )
            _make_role(_role(name), password)
            fleeting = _make_user(_user(name), secret, queues)
    except DatabaseError as error:
        raise EnrolmentError(f"the ledger: {_first_line(error)}") from error
    except redis.RedisError as error:
        raise EnrolmentError(f"the bell: {_first_line(error)}") from error
    return Credentials(
        _database_address(_role(name), password),
        _bell_address(_user(name), secret),
        fleeting,
    )


def revoke(name: str, now: datetime | None = None) -> None:
    """Take role and bell user away, and end what is connected with them."""
    host = Host.objects.filter(name=name, revoked_at=None).first()
    if host is None:
        raise EnrolmentError(f"no host {name!r} is enrolled")
    try:
        bell.client().acl_deluser(host.bell_user)
        _save_users()
        with transaction.atomic():
            _drop_role(host.role)
            Host.objects.filter(pk=host.pk).update(revoked_at=now or ledger_now())
    except DatabaseError as error:
        raise EnrolmentError(f"the ledger: {_first_line(error)}") from error
    except redis.RedisError as error:
        raise EnrolmentError(f"the bell: {_first_line(error)}") from error


def refresh() -> None:
    """Grant the rights anew, as after a migration. EnrolmentError if it cannot be."""
    _require_postgresql()
    try:
        with transaction.atomic():
            _grant()
    except DatabaseError as error:
        raise EnrolmentError(f"the ledger: {_first_line(error)}") from error


def _check(name: str, queues: Sequence[str]) -> None:
    _require_postgresql()
    if not _NAME.fullmatch(name):
        raise EnrolmentError(
            f"{name!r} is no name for a host: small letters, digits and hyphens, "
            "2 to 40 of them, a letter first"
        )
    allowed = [
        queue for queue in settings.QUEUES if queue != settings.COORDINATOR_QUEUE
    ]
    unknown = sorted(set(queues) - set(allowed))
    if unknown or not queues:
        raise EnrolmentError(
            f"queues {', '.join(unknown) or 'of nothing'}: want some of "
            f"{', '.join(allowed)}; the coordinator keeps house with the owner's role"
        )


def _require_postgresql() -> None:
    if connection.vendor != "postgresql":
        raise EnrolmentError(
            "a ledger of SQLite serves one machine: other hosts need DATABASE_URL to "
            "name a PostgreSQL"
        )


def _role(name: str) -> str:
    return f"darkreach_host_{name.replace('-', '_')}"


def _user(name: str) -> str:
    return f"darkreach-host-{name}"


def _group() -> str:
    return f"darkreach_hosts_of_{connection.settings_dict['NAME']}"[:63]


def _quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))


def _grant() -> None:
    group = _group()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [group])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {_quoted(group)} NOLOGIN")
        for statement in rights.statements(_quoted(group)):
            cursor.execute(statement)


def _make_role(role: str, password: str) -> None:
    _grant()
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE ROLE {_quoted(role)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE "
            "PASSWORD %s",
            [password],
        )
        cursor.execute(f"GRANT {_quoted(_group())} TO {_quoted(role)}")


def _drop_role(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            return
        cursor.execute(f"ALTER ROLE {_quoted(role)} NOLOGIN")
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s",
            [role],
        )
        cursor.execute(f"DROP ROLE {_quoted(role)}")


def _make_user(user: str, secret: str, queues: Sequence[str]) -> bool:
    """True if the bell will not remember it."""
    told = ["reset", "on", f">{secret}", *rights.acl(queues)]
    # redis-py's own method knows no keys with bytes beyond text.
    client: Any = bell.client()
    client.execute_command("ACL SETUSER", user, *told)
    return not _save_users()


def _save_users() -> bool:
    """Into the bell's ACL file, if it has one."""
    try:
        bell.client().acl_save()
    except redis.ResponseError:
        return False
    return True


def _database_address(role: str, password: str) -> str:
    parts: dict[str, Any] = connection.settings_dict
    options = parts.get("OPTIONS", {})
    host = str(parts["HOST"] or options.get("host") or "")
    port = parts["PORT"] or options.get("port")
    place = quote(host, safe="") + (f":{port}" if port else "")
    mode = options.get("sslmode")
    query = f"?sslmode={mode}" if mode else ""
    return f"postgresql://{role}:{password}@{place}/{parts['NAME']}{query}"


def _bell_address(user: str, secret: str) -> str:
    parts = urlsplit(settings.BELL_URL)
    if parts.scheme == "unix":
        return f"unix://{user}:{secret}@{parts.path}?{parts.query}"
    place = f"{user}:{secret}@{parts.hostname or 'localhost'}:{parts.port or 6379}"
    return urlunsplit((parts.scheme, place, parts.path, parts.query, ""))


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
