"""Pages of long lists: a cursor says where the last page ended.

It holds the values by which the list is sorted, so that any page costs the same and
rows that come or go meanwhile are neither skipped nor repeated.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet
from ninja.errors import HttpError

_LONGEST = 200
_LARGEST = 2**63


def encode(sort: str, values: Sequence[Any]) -> str:
    """A cursor: opaque to its reader."""
    plain = [v.isoformat() if isinstance(v, datetime) else v for v in values]
    text = json.dumps([sort, *plain], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode("ascii")).decode("ascii").rstrip("=")


def decode(cursor: str, sort: str, kinds: Sequence[type]) -> list[Any]:
    """The values of a cursor; 422 for one that is not of this list."""
    try:
        if len(cursor) > _LONGEST:
            raise ValueError
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        name, *values = json.loads(text)
        if name != sort:
            raise ValueError
        return [_value(v, kind) for v, kind in zip(values, kinds, strict=True)]
    except (ValueError, TypeError, RecursionError, binascii.Error):
        raise HttpError(422, "cursor: not one of this list") from None


def _value(value: Any, kind: type) -> Any:
    if kind is datetime:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None or not 1900 <= found.year <= 9000:
            raise ValueError
        return found
    if type(value) is not int or not -_LARGEST < value < _LARGEST:
        raise ValueError
    return value


def page(
    rows: QuerySet[Any],
    sort: str,
    order: Sequence[str],
    cursor: str | None,
    limit: int,
    kinds: Sequence[type] = (int, int),
) -> tuple[list[Any], str | None]:
    """The rows after the cursor and the cursor of the next page, None after the last.

    `order` names one or two fields; the last one makes it unique.
    """
    if cursor:
        rows = rows.filter(_beyond(order, decode(cursor, sort, kinds)))
    found = list(rows.order_by(*order)[: limit + 1])
    if len(found) <= limit:
        return found, None
    last: Model = found[limit - 1]
    return found[:limit], encode(sort, [getattr(last, n.lstrip("-")) for n in order])


def _beyond(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Written so that an index on the fields finds its place."""
    steps = list(zip(order, values, strict=True))
    if len(steps) == 1:
        return _than(*steps[0])
    (first, value), (second, tie) = steps
    name = first.lstrip("-")
    reaches = Q(**{f"{name}__{'lte' if first[0] == '-' else 'gte'}": value})
    return reaches & (_than(first, value) | _than(second, tie))


def _than(field: str, value: Any) -> Q:
    name = field.lstrip("-")
    return Q(**{f"{name}__{'lt' if field[0] == '-' else 'gt'}": value})
