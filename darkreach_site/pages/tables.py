"""Tables as files: CSV that a spreadsheet may open, JSON, Atom."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from django.http import HttpResponse

#: What a spreadsheet takes for the start of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_line(values: Sequence[object]) -> str:
    """One line of RFC 4180. A text that a spreadsheet would compute gets an
    apostrophe."""
    out = io.StringIO()
    csv.writer(out).writerow([_cell(value) for value in values])
    return out.getvalue()


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A whole table."""
    return csv_line(header) + "".join(map(csv_line, rows))


def csv_file(
    name: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> HttpResponse:
    """A file to download."""
    response = HttpResponse(
        csv_text(header, rows), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def iso(when: datetime) -> str:
    """2026-11-21T03:50:19Z."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def printable(text: str) -> str:
    """Without the characters that XML does not allow."""
    return "".join(
        each
        for each in text
        if each in "\t\n\r" or (each >= " " and each.isprintable())
    )


def one_line(text: str) -> str:
    """Without what would begin another line, or cannot be seen."""
    return " ".join(printable(text).split())
