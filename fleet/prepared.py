"""Statements that PostgreSQL plans once in a session instead of at every call.

Planning a claim takes longer than the claim. From the second time on that a session
runs one of these statements it is a prepared one; PostgreSQL makes a new plan by itself
when the figures of a table change. Sessions behind PgBouncer change hands between
transactions and prepare nothing.
"""

from __future__ import annotations

import re
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.backends.utils import CursorWrapper

#: What the parameters of these statements are.
_TYPES = {
    "queue": "text",
    "worker": "text",
    "lease": "text",
    "current": "text",
    "ending": "text",
    "stage": "text",
    "search": "bigint",
    "block": "bigint",
    "original": "bigint",
    "winner": "bigint",
    "limit": "bigint",
    "enough": "bigint",
    "epoch": "integer",
    "refused": "bigint[]",
    "unsuitable": "bigint[]",
    "outcome": "jsonb",
    "now": "timestamptz",
    "alive": "timestamptz",
    "expires": "timestamptz",
    "stalls_at": "timestamptz",
    "progress": "double precision",
    "seconds": "double precision",
    "aging": "double precision",
}
_STATEMENTS = {
    *("searches_with_work", "claim", "claim_longest", "renew"),
    *("lock_lease", "close", "replace", "answer", "in_stock"),
}
_PARAMETER = re.compile(r"%\((\w+)\)s")
#: By session: the statements that it ran before, and those that it has prepared.
_seen: WeakKeyDictionary[Any, tuple[set[str], set[str]]] = WeakKeyDictionary()


def execute(
    cursor: CursorWrapper, name: str, text: str, values: dict[str, Any]
) -> None:
    """Execute the statement of that name, prepared where that pays."""
    session = connection.connection
    if (
        name not in _STATEMENTS
        or connection.vendor != "postgresql"
        or connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
    ):
        cursor.execute(text, values)
        return
    ran, ready = _seen.setdefault(session, (set(), set()))
    if name not in ran:
        cursor.execute(text, values)
        ran.add(name)
        return
    names = list(dict.fromkeys(_PARAMETER.findall(text)))
    if name not in ready:
        cursor.execute(_preparation(name, names, text))
        ready.add(name)
    arguments = ", ".join(f"%({one})s" for one in names)
    cursor.execute(f"EXECUTE darkreach_{name} ({arguments})", values)


def _preparation(name: str, names: list[str], text: str) -> str:
    places = {one: f"${place}" for place, one in enumerate(names, 1)}
    body = _PARAMETER.sub(lambda found: places[found[1]], text).replace("%%", "%")
    types = ", ".join(_TYPES[one] for one in names)
    return f"PREPARE darkreach_{name} ({types}) AS {body}"
