"""The task of a block: the plain data from which a stage program computes."""

from __future__ import annotations

from typing import Any

import numpy as np

from darkreach import arrays
from darkreach.order import Order
from searches.models import Block, Candidate, Search

Task = dict[str, Any]


def order_of(search: Search) -> Order:
    """The parsed order of a search."""
    return Order.from_spec(search.spec)


def task_of(block: Block) -> Task:
    """Built anew at each lease: what other blocks settled meanwhile is left out."""
    if block.stage == "sieve":
        return _sieve_task(block)
    task: Task = {"stage": block.stage, "candidates": held(block)}
    if block.stage == "pm1":
        task.update(b1=block.search.pm1_b1, b2=block.search.pm1_b2)
    return task


def held(block: Block) -> list[dict[str, Any]]:
    """The candidates of a block: their positions and the numbers to test."""
    order = order_of(block.search)
    rows = Candidate.objects.filter(block=block).order_by("bits", "id")
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
        "alive": None if is_first_pass(block) else arrays.pack(alive(block.search)),
        "p_min": block.p_min,
        "p_max": block.p_max,
    }


def is_first_pass(block: Block) -> bool:
    """The first pass removes numbers before they become rows."""
    return block.stage == "sieve" and block.p_min == 2


def alive(search: Search) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The positions that no factor has removed yet, ascending."""
    rows = Candidate.objects.filter(search=search, state="open")
    indices = rows.order_by("index").values_list("index", flat=True)
    return np.fromiter(indices.iterator(chunk_size=50_000), dtype=np.int64)
