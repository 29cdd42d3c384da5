"""Measured speeds: learned from accepted results, handed to planning as plain data."""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import F

from fleet.models import Speed
from searches import estimates
from searches.models import Block, Candidate

# Weight of a new measurement against the mean so far.
_WEIGHT = 0.2
_TIMED = ("pm1", "prp", "prove")


def known(hardware_class: str) -> estimates.Speeds:
    """Seconds per candidate by stage and size class, for one class of hardware."""
    rows = Speed.objects.filter(hardware_class=hardware_class)
    return {(row.stage, row.size_class): row.seconds for row in rows}


def learn(block: Block, result: dict[str, Any]) -> None:
    """Let the result of a block improve the estimates; losing one is harmless."""
    if block.purpose != "first" or block.stage not in _TIMED or not block.worker:
        return
    indices = [item["index"] for item in result["results"][:1000]]
    bits = list(
        Candidate.objects.filter(search=block.search_id, index__in=indices).values_list(
            "bits", flat=True
        )
    )
    if not bits:
        return
    one = float(result.get("seconds", 0.0)) / len(result["results"])
    where = {
        "stage": block.stage,
        "hardware_class": block.worker.hardware_class,
        "size_class": estimates.size_class(sum(bits) // len(bits)),
    }
    try:
        with transaction.atomic():
            row, created = Speed.objects.get_or_create(
                **where, defaults={"seconds": one}
            )
            if not created:
                Speed.objects.filter(pk=row.pk).update(
                    seconds=F("seconds") * (1 - _WEIGHT) + one * _WEIGHT,
                    samples=F("samples") + 1,
                )
    except DatabaseError:
        return
