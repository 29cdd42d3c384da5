"""How far searches are, for many at once in two queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from searches.models import Candidate, Search, SievedSpan

#: States of a candidate about which there is nothing left to find out.
SETTLED = ("factored", "composite", "prime")


@dataclass(frozen=True)
class Standing:
    """A search, and how many of its candidates are settled and prime."""

    search: Search
    candidates: int
    settled: int
    primes: int

    @property
    def fraction(self) -> float:
        """1.0 for a search without candidates: there is nothing to do."""
        return self.settled / self.candidates if self.candidates else 1.0

    @property
    def percent(self) -> str:
        """Rounded down to a tenth, so that only a settled search shows 100."""
        return f"{int(1000 * self.fraction) / 10:g}"


def standings(searches: Sequence[Search]) -> list[Standing]:
    """One per search, in the same order."""
    removed = dict(
        SievedSpan.objects.filter(search__in=searches)
        .values_list("search")
        .annotate(Sum("removed"))
        .order_by()
    )
    rows = (
        Candidate.objects.filter(search__in=searches, state__in=SETTLED)
        .values("search")
        .annotate(settled=Count("id"), primes=Count("id", filter=Q(state="prime")))
        .order_by()
    )
    counts: dict[int, dict[str, int]] = {row["search"]: dict(row) for row in rows}
    return [_standing(each, removed, counts.get(each.pk, {})) for each in searches]


def _standing(
    search: Search, removed: dict[int, int], counts: dict[str, int]
) -> Standing:
    return Standing(
        search,
        candidates=search.candidate_count,
        settled=removed.get(search.pk, 0) + counts.get("settled", 0),
        primes=counts.get("primes", 0),
    )
