"""The site in four numbers."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Sum
from django.db.models.functions import Coalesce

from darkreach_site.pages.selectors.memory import remembered
from darkreach_site.pages.selectors.progress import SETTLED
from searches.models import Candidate, Search, SievedSpan
from verification.models import Prime


@dataclass(frozen=True)
class Totals:
    """Counts over everything in the ledger."""

    primes: int
    settled: int
    running: int


@remembered(seconds=10)
def totals() -> Totals:
    """Three indexes are read from end to end, hence the memory."""
    removed = SievedSpan.objects.aggregate(total=Coalesce(Sum("removed"), 0))["total"]
    return Totals(
        primes=Prime.objects.count(),
        settled=removed + Candidate.objects.filter(state__in=SETTLED).count(),
        running=Search.objects.filter(state="running").count(),
    )
