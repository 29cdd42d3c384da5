"""Pages of long lists, and the closed lists of words that an address may ask for.

Lists are paged by the values of the last row, not by counting rows from the start: the
thousandth page costs what the first one does, and rows that come in meanwhile shift
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils.http import urlencode

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SEPARATOR = "~"
_LARGEST = 2**63


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and the addresses of those before and after (without path,
    empty where there are none)."""

    rows: list[Any]
    previous: str = ""
    next: str = ""


def page(
    request: HttpRequest,
    rows: QuerySet[Any],
    keys: Sequence[str],
    size: int,
    kept: Mapping[str, str] | None = None,
) -> Page:
    """The rows of `?after=` or `?before=`, by `keys`: names of fields, a minus before
    those that fall; together they must tell any two rows apart. kept: what the
    addresses of other pages ask for besides. 404 for what is no place in a list."""
    after, before = request.GET.get("after"), request.GET.get("before")
    backwards = before is not None and after is None
    place = before if backwards else after
    order = [_turned(key) for key in keys] if backwards else list(keys)
    found = rows.order_by(*order)
    if place is not None:
        found = found.filter(_beyond(order, _read(place, len(order))))
    some = list(found[: size + 1])
    more = len(some) > size
    some = some[:size]
    if backwards:
        some.reverse()
    further = (more, place is not None)
    has_previous, has_next = further if backwards else further[::-1]
    return Page(
        some,
        _address("before", some[0], keys, kept) if has_previous and some else "",
        _address("after", some[-1], keys, kept) if has_next and some else "",
    )


def _turned(key: str) -> str:
    return key[1:] if key.startswith("-") else f"-{key}"


def _beyond(order: Sequence[str], values: Sequence[int]) -> Q:
    """Rows after these values. The first key bounds the rows for the index, the rest
    only sorts out those that are equal in it."""
    first, *rest = order
    if not rest:
        return Q(**{f"{first.lstrip('-')}__{_side(first)}": _value(first, values[0])})
    name, value = first.lstrip("-"), _value(first, values[0])
    strictly = Q(**{f"{name}__{_side(first)}": value})
    return Q(**{f"{name}__{_side(first)}e": value}) & (
        strictly | _beyond(rest, values[1:])
    )


def _side(key: str) -> str:
    return "lt" if key.startswith("-") else "gt"


def _value(key: str, value: int) -> int | datetime:
    if not key.lstrip("-").endswith("_at"):
        return value
    try:
        return _EPOCH + timedelta(microseconds=value)
    except OverflowError:
        raise Http404("no such page") from None


def _read(place: str, count: int) -> list[int]:
    parts = place.split(_SEPARATOR)
    good = (part.isascii() and part.isdecimal() and len(part) < 20 for part in parts)
    if len(parts) != count or not all(good):
        raise Http404("no such page")
    values = [int(part) for part in parts]
    if max(values) >= _LARGEST:
        raise Http404("no such page")
    return values


def _address(
    word: str, row: Any, keys: Sequence[str], kept: Mapping[str, str] | None
) -> str:
    place = _SEPARATOR.join(str(_number(getattr(row, k.lstrip("-")))) for k in keys)
    return "?" + urlencode({**(kept or {}), word: place})


def _number(value: int | datetime) -> int:
    if isinstance(value, datetime):
        return (value - _EPOCH) // timedelta(microseconds=1)
    return value


def chosen(request: HttpRequest, name: str, known: Mapping[str, T]) -> tuple[str, T]:
    """The word that the address asks for and what it stands for; the first word if it
    asks for none, 404 for a word that is not in the list."""
    word = request.GET.get(name) or next(iter(known))
    if word not in known:
        raise Http404(f"no such {name}")
    return word, known[word]


def whole(request: HttpRequest, name: str) -> int | None:
    """A number of the address, None if it has none; 404 for anything else."""
    text = request.GET.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise Http404(f"{name} is no number")
    return int(text)


def day(request: HttpRequest, name: str) -> datetime | None:
    """The first moment (UTC) of a day of the address, None if it has none; 404 for
    anything else."""
    text = request.GET.get(name, "").strip()
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Http404(f"{name} is no day") from None
    return datetime(found.year, found.month, found.day, tzinfo=UTC)
