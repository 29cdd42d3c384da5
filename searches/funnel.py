"""Where the candidates of a search are: counts by outcome and by stage."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce

from searches import states
from searches.models import Block, Candidate, Search, SievedSpan


def funnel(search: Search) -> dict[str, int]:
    """Counts of the search's numbers by outcome.

    `candidates` leaves out numbers below 2, repeated numbers and what an imported
    sieve file does not list, and is always
    factored + composite + primes + probable + disputed + open.
    """
    by_state = dict(
        Candidate.objects.filter(search=search)
        .values_list("state")
        .annotate(Count("id"))
        .order_by()
    )
    removed = SievedSpan.objects.filter(search=search).aggregate(
        total=Coalesce(Sum("removed"), 0)
    )["total"]
    counts = {
        "candidates": search.candidate_count,
        "factored": removed + by_state.get("factored", 0),
        "composite": by_state.get("composite", 0),
        "primes": by_state.get("prime", 0),
        "probable": by_state.get("probable", 0),
        "disputed": by_state.get("disputed", 0),
    }
    closed = sum(counts.values()) - counts["candidates"]
    counts["open"] = counts["candidates"] - closed
    counts["not_candidates"] = search.not_candidates
    counts["duplicates"] = search.duplicates
    counts["unlisted"] = search.unlisted
    return counts


def stages(search: Search) -> dict[str, dict[str, Any]]:
    """Per stage: blocks in all, blocks done (running ones by their progress), seconds.

    `verify` is listed apart from the proofs it checks.
    """
    rows = (
        Block.objects.filter(search=search)
        .exclude(state__in=["cancelled", "replaced"])
        .values("stage", "purpose")
        .annotate(total=Count("id"), done=Sum("progress"), spent=Sum(F("seconds")))
        .order_by()
    )
    order = (*states.STAGES, "verify")
    table = {name: {"total": 0, "done": 0.0, "seconds": 0.0} for name in order}
    for row in rows:
        name = "verify" if row["purpose"] == "verify" else row["stage"]
        table[name]["total"] += row["total"]
        table[name]["done"] += row["done"] or 0.0
        table[name]["seconds"] += row["spent"] or 0.0
    return table
