"""How far searches are, for many at once in one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from searches.models import Search, SearchFigure


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
    """One per search, in the same order, as the schedule counted them last."""
    rows = SearchFigure.objects.filter(search__in=searches).defer("data")
    figures = {figure.pk: figure for figure in rows}
    return [_standing(each, figures.get(each.pk)) for each in searches]


def _standing(search: Search, figure: SearchFigure | None) -> Standing:
    return Standing(
        search,
        candidates=search.candidate_count,
        settled=figure.settled if figure else 0,
        primes=figure.primes if figure else 0,
    )
