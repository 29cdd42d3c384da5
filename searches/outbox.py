"""State changes that others care about, kept until a relay has published them.

An event is written in the transaction that caused it. The relay (`fleet.relay`) gives
it its place in the published sequence, which has no gaps and is the order of
publication: nobody who reads by it misses an event whose transaction committed late.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from searches.models import OutboxEvent

#: Called after the commit of each event with its kind and its search; who publishes it,
#: or does what follows from it, puts itself here.
after_commit: list[Callable[[str, int | None], None]] = []


def record(
    kind: str,
    subject: object,
    now: datetime,
    *,
    search: int | None = None,
    due_at: datetime | None = None,
    **data: Any,
) -> None:
    """Add an event to the current transaction, so that both happen or neither.

    search: the search that it belongs to, for those who follow only one.
    due_at: not to be published before.
    """
    OutboxEvent.objects.create(
        kind=kind,
        subject=str(subject),
        search=search,
        data=data,
        created_at=now,
        due_at=due_at,
    )
    for tell in after_commit:
        transaction.on_commit(partial(tell, kind, search), robust=True)
