"""What an operator may do to a search: pause, resume, cancel, change priority.

Each is a conditional write; False means that the search was not in a state that
allows it (somebody else got there first).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from searches import outbox, settlement, states
from searches.clock import ledger_now
from searches.models import Block, Search


def pause(search_id: int, now: datetime | None = None) -> bool:
    """No new leases; running blocks finish. Its open numbers may go elsewhere."""
    return _change(search_id, "pause", now)


def cancel(search_id: int, now: datetime | None = None) -> bool:
    """Stop for good, until somebody resumes: waiting and running blocks end."""
    return _change(search_id, "cancel", now)


def resume(search_id: int, now: datetime | None = None) -> bool:
    """Go on with a paused or cancelled search where it stopped."""
    return _change(search_id, "resume", now)


def reopen(search_id: int, now: datetime) -> bool:
    """A finished search whose evidence fell into doubt goes on until it has new."""
    changed = Search.objects.filter(pk=search_id, state="finished").update(
        state="running", finished_at=None
    )
    if changed:
        outbox.record("search.reopened", search_id, now)
    return bool(changed)


def set_priority(search_id: int, priority: int) -> bool:
    """Takes effect at the next claim."""
    return bool(
        Search.objects.filter(pk=search_id)
        .exclude(state="finished")
        .update(priority=priority)
    )


@transaction.atomic
def _change(search_id: int, event: str, now: datetime | None) -> bool:
    now = now or ledger_now()
    sources = [s for s, events in states.SEARCH.items() if event in events]
    target = states.SEARCH[sources[0]][event]
    changed = Search.objects.filter(pk=search_id, state__in=sources).update(
        state=target
    )
    if not changed:
        return False
    if event == "resume":
        Block.objects.filter(search=search_id, state="cancelled").update(state="ready")
        settlement.adopt(search_id)
    else:
        settlement.yield_numbers(search_id)
    if event == "cancel":
        _cancel_blocks(search_id)
    outbox.record(f"search.{target}", search_id, now, search=search_id)
    return True


def _cancel_blocks(search_id: int) -> None:
    """A leased block loses its lease: its worker is told at the next renewal."""
    unfinished = Block.objects.filter(search=search_id, state__in=["ready", "leased"])
    unfinished.update(
        state="cancelled", lease_id=None, lease_expires=None, stalls_at=None
    )
