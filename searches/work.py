"""The task of a block: the plain data from which a stage program computes."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np
from django.db.models import QuerySet

from darkreach import arrays
from darkreach.order import Order
from searches.models import Block, Candidate, ListedSpan, Search

Task = dict[str, Any]
Positions = np.ndarray[Any, np.dtype[np.int64]]


def order_of(search: Search) -> Order:
    """The parsed order of a search."""
    return _order(json.dumps(search.spec, sort_keys=True))


# The specs of imported searches hold lists that take a tenth of a second to read.
@lru_cache(maxsize=8)
def _order(spec: str) -> Order:
    return Order.from_spec(json.loads(spec))


def task_of(block: Block) -> Task:
    """Built anew at each lease: what other blocks settled meanwhile is left out."""
    if block.stage == "sieve":
        return _sieve_task(block)
    task: Task = {"stage": block.stage, "candidates": held(block)}
    if block.stage == "prp":
        task.update(variant=block.variant, path=block.path)
        # Where a proof costs less than a second test (darkreach/checks/policy.py).
        proven = block.search.evidence_level == "proven"
        task["proof"] = proven and block.purpose in ("first", "copy")
    if block.stage == "pm1":
        task.update(b1=block.search.pm1_b1, b2=block.search.pm1_b2)
    return task


def candidates_of(block: Block) -> QuerySet[Candidate]:
    """What a block works on; a second copy takes over what it works on when it wins."""
    return Candidate.objects.filter(block__in=[block.pk, block.copy_of_id])


def held(block: Block) -> list[dict[str, Any]]:
    """The candidates of a block: their positions and the numbers to test."""
    order = order_of(block.search)
    rows = candidates_of(block).order_by("bits", "id")
    return [
        {
            "index": index,
            "members": [number.expression for number in order.members(index)],
        }
        for index in rows.values_list("index", flat=True)
    ]


def _sieve_task(block: Block) -> Task:
    return {
        "stage": "sieve",
        "order": block.search.spec,
        "first": block.first,
        "count": block.count,
        "alive": _to_sieve(block),
        "p_min": block.p_min,
        "p_max": block.p_max,
    }


def _to_sieve(block: Block) -> str | None:
    """The packed positions that a sieve block works on; None for all of its span."""
    assert block.first is not None
    if not is_first_pass(block):
        return arrays.pack(alive(block.search, block.first, block.count))
    if not block.search.source:
        return None
    # The others are left out of the file: somebody else removed them.
    return ListedSpan.objects.get(search=block.search, first=block.first).positions


def is_first_pass(block: Block) -> bool:
    """The first pass removes numbers before they become rows."""
    return block.stage == "sieve" and block.p_min == 2


def alive(search: Search, first: int = 0, count: int | None = None) -> Positions:
    """The positions of a span that no factor has removed yet, ascending."""
    end = search.size if count is None else first + count
    rows = Candidate.objects.filter(search=search, state="open")
    if first > 0 or end < search.size:
        rows = rows.filter(index__gte=first, index__lt=end)
    indices = rows.order_by("index").values_list("index", flat=True)
    return np.fromiter(indices.iterator(chunk_size=50_000), dtype=np.int64)
