"""Pages of long lists, and the closed lists of words that an address may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import Http404, HttpRequest

#: Beyond this many rows a list is not paged any further: an offset costs what it skips.
DEEPEST = 100_000

T = TypeVar("T")


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and whether there are others before and after."""

    rows: list[Any]
    number: int
    has_next: bool

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.has_next else None


def page(request: HttpRequest, rows: QuerySet[Any], size: int) -> Page:
    """The rows of `?page=`; one more row is read instead of counting all. 404 beyond
    the end."""
    text = request.GET.get("page", "1")
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise Http404("no such page")
    number = int(text)
    start = (number - 1) * size
    if number < 1 or start >= DEEPEST:
        raise Http404("no such page")
    found = list(rows[start : start + size + 1])
    if not found and number > 1:
        raise Http404("no such page")
    return Page(found[:size], number, len(found) > size)


def chosen(request: HttpRequest, name: str, known: Mapping[str, T]) -> tuple[str, T]:
    """The word that the address asks for and what it stands for; the first word if it
    asks for none, 404 for a word that is not in the list."""
    word = request.GET.get(name) or next(iter(known))
    if word not in known:
        raise Http404(f"no such {name}")
    return word, known[word]
