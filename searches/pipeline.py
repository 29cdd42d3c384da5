"""The life of a search: sieve, then P-1, then tests; proofs whenever one is due.

`advance` looks at what is in the ledger and does the next step, if one is due. It
may be called at any time, by anyone, any number of times.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from searches import blocks, bounds, depth, estimates, outbox, settlement, states
from searches.clock import ledger_now
from searches.models import Block, Candidate, Search


@transaction.atomic
def advance(
    search_id: int, speeds: estimates.Speeds | None = None, now: datetime | None = None
) -> bool:
    """Create the blocks that are due, or finish the search. True if it did anything."""
    search = (
        Search.objects.select_for_update().filter(pk=search_id, state="running").first()
    )
    if search is None:
        return False
    now = now or ledger_now()
    settlement.adopt(search.pk)
    proofs = blocks.create_proofs(search, speeds or {}, now)
    if _unfinished(search, "sieve"):
        return proofs
    if depth.go_deeper(search, speeds or {}, now):
        return True
    bounds.choose(search)
    for stage in ("pm1", "prp"):
        if stage == "pm1" and search.pm1_b1 is None:
            continue
        if blocks.create_tests(search, stage, speeds or {}, now):
            return True
        if stage == "pm1" and _unfinished(search, stage):
            return proofs
    return _finish(search, now) or proofs


def _unfinished(search: Search, stage: str) -> bool:
    return Block.objects.filter(
        search=search, stage=stage, state__in=states.UNFINISHED_BLOCK
    ).exists()


def _finish(search: Search, now: datetime) -> bool:
    """A search ends when nothing is waiting or running any more.

    Probable primes that no proof method of ours reaches stay `probable`.
    """
    waiting = Candidate.objects.filter(search=search).filter(
        Q(state__in=["open", "elsewhere"])
        | Q(state="probable", proof_given_up=False)
        | ~Q(owed="")
        | Q(unweighed=True)
    )
    running = Block.objects.filter(search=search, state__in=states.UNFINISHED_BLOCK)
    if waiting.exists() or running.exists():
        return False
    search.state = "finished"
    search.finished_at = now
    search.save(update_fields=["state", "finished_at"])
    outbox.record("search.finished", search.pk, now, search=search.pk)
    return True


def running_searches() -> list[int]:
    """Ids of the searches that `advance` may have to look at."""
    rows = Search.objects.filter(state="running").order_by("-priority", "id")
    return list(rows.values_list("id", flat=True))
