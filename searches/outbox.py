"""State changes that others care about, kept until a relay has published them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from searches.models import OutboxEvent


def record(kind: str, subject: object, now: datetime, **data: Any) -> None:
    """Add an event to the current transaction, so that both happen or neither."""
    OutboxEvent.objects.create(
        kind=kind, subject=str(subject), data=data, created_at=now
    )
