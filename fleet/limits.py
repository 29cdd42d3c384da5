"""Deadlines and budgets of searches: whoever reaches one is paused.

A budget is the computing time that workers reported for the blocks of a search, in
hours of one core. A search that is resumed without a new limit is paused again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum

from fleet.models import Limit
from searches import control, outbox
from searches.clock import ledger_now
from searches.models import Block


def set_deadline(search_id: int, deadline: datetime | None) -> None:
    """The search may run until then; None: as long as it takes."""
    _set(search_id, deadline=deadline)


def set_budget(search_id: int, core_hours: float | None) -> None:
    """The search may use so much computing time; None: as much as it takes."""
    _set(search_id, core_hours=core_hours)


def _set(search_id: int, **value: Any) -> None:
    Limit.objects.update_or_create(
        search_id=search_id, defaults={**value, "reached": ""}
    )


def spent(search_id: int) -> float:
    """Hours of one core that went into the finished blocks of a search."""
    total = Block.objects.filter(search=search_id).aggregate(Sum("seconds"))
    return float(total["seconds__sum"] or 0.0) / 3600


def enforce(now: datetime | None = None) -> list[int]:
    """Pause the running searches that reached a limit; returns them."""
    now = now or ledger_now()
    paused = []
    for limit in Limit.objects.filter(search__state="running"):
        reached = _reached(limit, now)
        if reached and _pause(limit, reached, now):
            paused.append(limit.search_id)
    return paused


def _reached(limit: Limit, now: datetime) -> str:
    if limit.deadline is not None and limit.deadline <= now:
        return f"deadline {limit.deadline:%Y-%m-%d %H:%M}Z"
    if limit.core_hours is not None and spent(limit.search_id) >= limit.core_hours:
        return f"budget of {limit.core_hours:g} core-hours"
    return ""


@transaction.atomic
def _pause(limit: Limit, reached: str, now: datetime) -> bool:
    if not control.pause(limit.search_id, now):
        return False
    Limit.objects.filter(pk=limit.pk).update(reached=reached)
    search = limit.search_id
    outbox.record("search.limit_reached", search, now, search=search, reason=reached)
    return True
