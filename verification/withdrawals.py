"""A kernel of some version turned out to be wrong: what it computed counts for nothing.

The residues stay as evidence of what was said, each with a row that withdraws it; their
numbers are weighed again by what is left, and those of which nothing is left are tested
as if for the first time, in finished searches too. Hosts answer for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from searches.batches import batches
from searches.models import Candidate
from verification import reliability
from verification.models import Refutation, Residue


@dataclass(frozen=True)
class Withdrawn:
    """How many residues, and of how many candidates."""

    residues: int
    candidates: int


def touched(kernel: str, version: str) -> QuerySet[Residue]:
    """The residues that count and that this kernel of this version computed; kernel: as
    it is stored, or how its name begins if that ends with `*`; either may be empty for
    any."""
    rows = Residue.objects.filter(refutation=None)
    if kernel.endswith("*"):
        rows = rows.filter(kernel__startswith=kernel[:-1])
    elif kernel:
        rows = rows.filter(kernel=kernel)
    return rows.filter(version=version) if version else rows


@transaction.atomic
def withdraw(rows: QuerySet[Residue], reason: str, now: datetime) -> Withdrawn:
    """Withdraw these residues and have their numbers weighed again."""
    count, numbers = 0, 0
    found = rows.order_by("id").values_list("id", "key", "expression")
    for piece in batches(found.iterator(chunk_size=1_000)):
        Refutation.objects.bulk_create(
            Refutation(
                residue_id=pk, withdrawn=True, reason=reason[:200], created_at=now
            )
            for pk, _, _ in piece
        )
        keys = {key for _, key, _ in piece}
        numbers += Candidate.objects.filter(key__in=keys).update(unweighed=True)
        numbers += reliability.weigh_tuples([text for _, _, text in piece])
        count += len(piece)
    return Withdrawn(count, numbers)
