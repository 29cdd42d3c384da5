"""Statistics in the files that the statistics sites of BOINC read.

Nobody is named without having said so, and what was deleted is told so that they forget
it too. Volunteers do not exist yet: the tables are whole and have no rows.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

from darkreach_site.pages.tables import printable

#: The tables, the name of a row, and the fields in their order.
TABLES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "user": (
        "users",
        "user",
        (
            *("id", "name", "create_time", "total_credit", "expavg_credit"),
            *("expavg_time", "cpid", "country", "url", "teamid", "has_profile"),
        ),
    ),
    "team": (
        "teams",
        "team",
        (
            *("id", "type", "name", "userid", "total_credit", "expavg_credit"),
            *("expavg_time", "founder_name", "create_time", "url", "name_html"),
            *("description", "country"),
        ),
    ),
    "host": (
        "hosts",
        "host",
        (
            *("id", "userid", "total_credit", "expavg_credit", "expavg_time"),
            *("p_vendor", "p_model", "os_name", "os_version", "create_time"),
            *("rpc_time", "timezone", "ncpus", "p_fpops", "p_iops", "p_membw"),
            *("m_nbytes", "m_cache", "m_swap", "d_total", "d_free", "n_bwup"),
            *("n_bwdown", "avg_turnaround", "credit_per_cpu_sec", "host_cpid"),
        ),
    ),
    "user_deleted": ("users_deleted", "user", ("id", "cpid")),
    "host_deleted": ("hosts_deleted", "host", ("id", "host_cpid")),
    "badge_user": ("badge_users", "badge_user", ("user_id", "badge_id", "create_time")),
    "badge_team": ("badge_teams", "badge_team", ("team_id", "badge_id", "create_time")),
}
#: Fields that every row has; the others are left out where nothing is known.
_ALWAYS = {"id", "name", "total_credit", "expavg_credit", "expavg_time", "cpid"}

Row = Mapping[str, object]


def write(
    folder: Path,
    now: datetime,
    applications: Sequence[str],
    rows: Mapping[str, Sequence[Row]] | None = None,
) -> None:
    """tables.xml and a compressed file for each table, without who has no credit."""
    rows = {name: list(filter(_counts, some)) for name, some in (rows or {}).items()}
    folder.mkdir()
    for table, (outer, inner, fields) in TABLES.items():
        text = rows_text(outer, inner, fields, rows.get(table, ()))
        # Without the time, so that equal tables are equal files.
        packed = gzip.compress(text.encode("utf-8"), mtime=0)
        (folder / f"{table}.gz").write_bytes(packed)
    (folder / "tables.xml").write_text(tables_text(now, applications, rows), "utf-8")


def tables_text(
    now: datetime, applications: Sequence[str], rows: Mapping[str, Sequence[Row]]
) -> str:
    """What there is, and how much of it."""
    counts = [
        ("update_time", int(now.timestamp())),
        ("nusers_total", len(rows.get("user", ()))),
        ("nteams_total", len(rows.get("team", ()))),
        ("nhosts_total", len(rows.get("host", ()))),
        ("nusers_deleted_total", len(rows.get("user_deleted", ()))),
        ("nhosts_deleted_total", len(rows.get("host_deleted", ()))),
        ("total_credit", _text(_credit(rows.get("user", ())))),
    ]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<tables>"]
    lines += [f"    <{name}>{value}</{name}>" for name, value in counts]
    lines.append("    <applications>")
    for name in applications:
        lines.append(f"        <application><name>{_text(name)}</name></application>")
    lines += ["    </applications>", "    <badges>", "    </badges>", "</tables>"]
    return "\n".join(lines) + "\n"


def _counts(row: Row) -> bool:
    return float(str(row.get("total_credit", 1))) > 0


def _credit(users: Sequence[Row]) -> float:
    return sum((float(str(user["total_credit"])) for user in users), 0.0)


def rows_text(
    outer: str, inner: str, fields: Iterable[str], rows: Iterable[Row]
) -> str:
    """One table."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<{outer}>"]
    for row in rows:
        lines.append(f"<{inner}>")
        for field in fields:
            value = row.get(field)
            if value is True:
                lines.append(f" <{field}/>")
            elif value is not None:
                lines.append(f" <{field}>{_text(value)}</{field}>")
            elif field in _ALWAYS:
                raise KeyError(f"a row of {outer} without {field}")
        lines.append(f"</{inner}>")
    lines.append(f"</{outer}>")
    return "\n".join(lines) + "\n"


def _text(value: object) -> str:
    text = f"{value:.6f}" if isinstance(value, float) else str(value)
    return escape(printable(text))
