"""Measured speeds: learned from accepted results, handed to planning as plain data.

Kept apart by stage, form, size and hardware class. A measurement is scaled to the
middle of its size class, so that numbers of different sizes in one class agree.
"""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

from django.db import DatabaseError
from django.db.models import F, Value
from django.db.models.functions import Greatest

from fleet.models import Speed
from searches import estimates
from searches.models import Block, Candidate, Search

#: The least weight of a new measurement against the mean so far.
_WEIGHT = 0.1
_TIMED = ("pm1", "prp", "prove")
#: Of blocks shorter than this many seconds one is learned from in so long.
_SHORT = 1.0
#: When this process last learned from a stage of a search, by its own clock.
_learned_at: dict[tuple[int, str], float] = {}
#: Of longer results a part is looked at.
_LOOKED_AT = 1000


def known(hardware_class: str = "", form: str = "") -> estimates.Speeds:
    """Seconds by stage and size class for a class of hardware and a form.

    Without a class: as the fleet mixes them. Sizes that were never measured for this
    form are taken from the others.
    """
    rows = Speed.objects.all()
    if hardware_class:
        rows = rows.filter(hardware_class=hardware_class)
    own: dict[tuple[str, int], list[Speed]] = defaultdict(list)
    others: dict[tuple[str, int], list[Speed]] = defaultdict(list)
    for row in rows:
        (own if row.form == form else others)[row.stage, row.size_class].append(row)
    speeds = {place: _mean(found) for place, found in own.items()}
    for (stage, size), found in others.items():
        bits = estimates.middle(size)
        if estimates.nearest(stage, bits, speeds) is None:
            speeds.setdefault((stage, size), _mean(found))
    return speeds


def of_search(search: Search) -> estimates.Speeds:
    """What is known for the form and the hardware that a search wants."""
    return known(search.hardware_class, search.form)


def _mean(rows: list[Speed]) -> float:
    """Each class counts by the blocks that it did lately."""
    weights = [min(row.samples, 100) for row in rows]
    total = sum(row.seconds * weight for row, weight in zip(rows, weights, strict=True))
    return total / sum(weights)


def learn(block: Block, result: dict[str, Any]) -> None:
    """Let the result of a block improve the estimates; losing one is harmless."""
    if block.purpose not in ("first", "copy") or not _worth_learning(block, result):
        return
    measured = _measured(block, result)
    if measured is None:
        return
    size, seconds = measured
    if block.worker is None:
        return
    where = {
        "stage": block.stage,
        "form": block.search.form,
        "hardware_class": block.worker.hardware_class,
        "size_class": size,
    }
    weight = Greatest(Value(_WEIGHT), 1.0 / (F("samples") + 1))
    try:
        known = Speed.objects.filter(**where).update(
            seconds=F("seconds") + (seconds - F("seconds")) * weight,
            samples=F("samples") + 1,
        )
        if not known:
            Speed.objects.get_or_create(**where, defaults={"seconds": seconds})
    except DatabaseError:
        return


def _worth_learning(block: Block, result: dict[str, Any]) -> bool:
    """Many short blocks say the same, and to write it down costs like one of them."""
    now, kind = time.monotonic(), (block.search_id, block.stage)
    short = float(result.get("seconds", 0.0)) < _SHORT
    if short and now - _learned_at.get(kind, -_SHORT) < _SHORT:
        return False
    _learned_at[kind] = now
    return True


def _measured(block: Block, result: dict[str, Any]) -> tuple[int, float] | None:
    """Size class and seconds for one number in its middle; None if nothing is to learn
    from this block."""
    spent = float(result.get("seconds", 0.0))
    if spent <= 0:
        return None
    if block.stage == "sieve":
        # Deeper passes measure what a prime costs, for their own search.
        whole = block.p_min == 2 and block.count > 0
        return (estimates.SPAN_CLASS, spent / block.count) if whole else None
    if block.stage not in _TIMED:
        return None
    indices = [item["index"] for item in result["results"][:_LOOKED_AT]]
    rows = Candidate.objects.filter(search=block.search_id, index__in=indices)
    bits = list(rows.values_list("bits", flat=True))
    if not bits:
        return None
    share = len(bits) / len(result["results"])
    expected = sum(estimates.model(block.stage, size) for size in bits) / share
    size = estimates.size_class(sum(bits) // len(bits))
    middle = estimates.model(block.stage, estimates.middle(size))
    return size, middle * spent / expected
