"""What happened lately: searches that began and ended, primes that were proven."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from darkreach_site.pages.selectors import primes
from searches.models import Search

#: Of each kind.
_MOST = 20


@dataclass(frozen=True)
class Item:
    """Something that happened, and where more is said about it."""

    when: datetime
    kind: str
    title: str
    address: str


def items() -> list[Item]:
    """The newest first; three queries."""
    light = Search.objects.defer("spec", "sieve_figures")
    placed = light.order_by("-id")[:_MOST]
    ended = light.filter(finished_at__isnull=False).order_by("-finished_at")[:_MOST]
    found = [
        *(_search(each, "search ordered", each.created_at) for each in placed),
        *(_search(each, "search finished", each.finished_at) for each in ended),
        *(
            Item(
                each.found_at,
                "prime proven",
                f"{each.expression} ({each.digits} digits)",
                reverse("prime", args=[each.expression]),
            )
            for each in primes.newest(_MOST)
        ),
    ]
    return sorted(found, key=lambda item: item.when, reverse=True)[: 2 * _MOST]


def _search(search: Search, kind: str, when: datetime | None) -> Item:
    assert when is not None
    return Item(when, kind, search.title, reverse("search", args=[search.pk]))
