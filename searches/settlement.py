"""Settling numbers: one outcome closes the number in every search that holds it.

A number has one owner, the candidate in state `open`; the same number in another
search waits in state `elsewhere`. Outcomes go by the number's key to all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef

from searches import states
from searches.batches import batches
from searches.models import Candidate


def settle(
    keys: Iterable[str], state: str, now: datetime, allowed: Iterable[str] = ()
) -> set[int]:
    """Move the numbers to `state` wherever that step is allowed; given `allowed`, from
    these states only.

    Returns the ids of the searches that were touched.
    """
    touched: set[int] = set()
    allowed = tuple(allowed) or states.sources(states.CANDIDATE, state)
    for piece in batches(sorted(set(keys))):
        rows = Candidate.objects.filter(key__in=piece, state__in=allowed)
        touched.update(rows.values_list("search_id", flat=True).distinct())
        rows.update(state=state, settled_at=now, block=None)
    return touched


def let_go(block_id: int) -> None:
    """Candidates that a finished block leaves unsettled wait for another block."""
    Candidate.objects.filter(block=block_id).update(block=None)


def adopt(search_id: int) -> int:
    """Numbers that waited for another search and have no owner now become ours."""
    waiting = Candidate.objects.filter(search=search_id, state="elsewhere")
    owned = Candidate.objects.filter(
        key=OuterRef("key"), state__in=["open", "probable"]
    )
    return waiting.filter(~Exists(owned)).update(state="open")


def yield_numbers(search_id: int) -> set[int]:
    """Hand open numbers to running searches that wait for them.

    Called when a search stops running. Returns the searches that took some over.
    """
    waiting = Candidate.objects.filter(
        key=OuterRef("key"), state="elsewhere", search__state="running"
    )
    ours = Candidate.objects.filter(search=search_id, state="open").filter(
        Exists(waiting)
    )
    keys = list(ours.values_list("key", flat=True))
    takers: set[int] = set()
    for piece in batches(keys):
        Candidate.objects.filter(search=search_id, key__in=piece, state="open").update(
            state="elsewhere", block=None
        )
        takers.update(
            Candidate.objects.filter(
                key__in=piece, state="elsewhere", search__state="running"
            )
            .exclude(search=search_id)
            .values_list("search_id", flat=True)
        )
    for taker in sorted(takers):
        adopt(taker)
    return takers


def take_from_idle(search_id: int) -> None:
    """Take over numbers whose owner belongs to a search that does not run."""
    idle = (
        Candidate.objects.filter(state="open")
        .exclude(search__state="running")
        .filter(
            Exists(
                Candidate.objects.filter(
                    search=search_id, key=OuterRef("key"), state="elsewhere"
                )
            )
        )
    )
    for owner in sorted(set(idle.values_list("search_id", flat=True))):
        yield_numbers(owner)
