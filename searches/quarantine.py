"""What an operator may do with a block that failed too often.

Each is a conditional write; False means that the block was not in quarantine any more.
"""

from __future__ import annotations

from django.db.models import QuerySet

from searches.models import Block


def retry(block_id: int) -> bool:
    """Offer the block again, with a clean record, after its cause was mended."""
    return bool(_quarantined(block_id).update(state="ready", reclaims=0))


def give_up(block_id: int) -> bool:
    """Leave the block undone: its numbers stay unsettled and the search says so."""
    return bool(_quarantined(block_id).update(state="cancelled"))


def _quarantined(block_id: int) -> QuerySet[Block]:
    return Block.objects.filter(pk=block_id, state="quarantined")
