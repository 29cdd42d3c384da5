"""The SQL of fleet/sql, by name, in the dialect of the ledger."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from fleet import prepared

#: Ready blocks of a search on a queue below which its end is near.
FEW_BLOCKS = 32
_FOLDER = Path(__file__).parent / "sql"
_DIALECT = {
    "postgresql": {
        "skip_locked": "FOR UPDATE SKIP LOCKED",
        "of_block": "FOR UPDATE OF b SKIP LOCKED",
        "for_update": "FOR UPDATE",
        "by_ready": "",
        "by_leased": "",
        "taking": ",\ntaken AS (",
        "noting": "),\nnoted AS (\n    INSERT INTO fleet_lease"
        " (id, block_id, epoch, worker_id, granted_at, ending)\n"
        "    SELECT lease_id, id, epoch, %(worker)s, %(now)s, '' FROM taken)\n"
        "SELECT id, lease_id, epoch FROM taken",
        "json": "jsonb",
        # Periods of waiting, at most ten: enough to pass every priority.
        "aged": "greatest(0, least(10, floor(extract(epoch FROM %(now)s -"
        " coalesce(t.served_at, s.created_at)) / %(aging)s)))",
        "granted": "id = ANY(%(blocks)s)",
        "refused": "(b.id = ANY(%(refused)s::bigint[]))",
        "for_anybody": "b.excluded = '[]'::jsonb",
        "excludes_us": "b.excluded @> to_jsonb((SELECT m.hostname FROM fleet_worker m"
        " WHERE m.id = %(worker)s))",
        "excludes_them": "b.excluded @> to_jsonb(o.hostname)",
        "serves": "o.queues @> to_jsonb(%(queue)s::text)",
        "unsuitable": "(s.id = ANY(%(unsuitable)s::bigint[]))",
        # Any number, the same for all relays of a ledger.
        "lock_relay": "SELECT pg_advisory_xact_lock(1685220973)",
        "random_id": "replace(gen_random_uuid()::text, '-', '')",
    },
    # SQLite transactions are IMMEDIATE: one writer at a time, nothing to lock.
    "sqlite": {
        "skip_locked": "",
        "of_block": "",
        "for_update": "",
        # Its planner knows no shares of values: where nearly all blocks were ready when
        # it counted, it reads them all.
        "by_ready": "INDEXED BY block_ready",
        "by_leased": "INDEXED BY block_leased",
        # Its UPDATE writes one table: record_leases follows.
        "taking": "",
        "noting": "",
        "json": "text",
        "aged": "max(0, min(10, CAST((julianday(%(now)s) -"
        " julianday(coalesce(t.served_at, s.created_at))) * 86400 / %(aging)s"
        " AS INTEGER)))",
        "granted": "id IN (SELECT value FROM json_each(%(blocks)s))",
        "refused": "(b.id IN (SELECT value FROM json_each(%(refused)s)))",
        "for_anybody": "b.excluded = '[]'",
        "excludes_us": "EXISTS (SELECT 1 FROM json_each(b.excluded) e, fleet_worker m"
        " WHERE m.id = %(worker)s AND e.value = m.hostname)",
        "excludes_them": "EXISTS (SELECT 1 FROM json_each(b.excluded) e"
        " WHERE e.value = o.hostname)",
        "serves": "EXISTS (SELECT 1 FROM json_each(o.queues) s"
        " WHERE s.value = %(queue)s)",
        "unsuitable": "(s.id IN (SELECT value FROM json_each(%(unsuitable)s)))",
        "lock_relay": "SELECT 1",
        "random_id": "lower(hex(randomblob(16)))",
    },
}


@cache
def _texts(vendor: str) -> dict[str, str]:
    files = sorted(_FOLDER.glob("*.sql"))
    source = "\n".join(file.read_text(encoding="utf-8") for file in files)
    parts = re.split(r"^-- name: (\w+)$", source, flags=re.MULTILINE)[1:]
    dialect = _DIALECT[vendor]
    texts = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        lines = [line for line in body.splitlines() if not line.startswith("--")]
        text = "\n".join(lines).strip().rstrip(";")
        for word, replacement in dialect.items():
            text = text.replace("{" + word + "}", replacement)
        texts[name] = text.replace("{longest}", "").replace("{few}", str(FEW_BLOCKS))
        if "{longest}" in text:
            texts[f"{name}_longest"] = text.replace("{longest}", "estimate DESC,")
    return texts


def text(name: str) -> str:
    """The statement of that name for the connected database."""
    return _texts(connection.vendor)[name]


def run(cursor: CursorWrapper, name: str, **values: Any) -> int:
    """Execute a statement; times and lists are adapted. Returns the number of rows."""
    adapted = {key: _adapt(value) for key, value in values.items()}
    prepared.execute(cursor, name, text(name), adapted)
    return int(cursor.rowcount)


def _adapt(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, list) and connection.vendor == "sqlite":
        return json.dumps(value)
    return value
