"""Candidates become rows: what the first pass over the small primes left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import numpy as np

from darkreach import arrays
from darkreach.forms import Kbn
from darkreach.order import Order
from searches import settlement
from searches.batches import batches
from searches.models import Block, Candidate, ListedSpan, Search

Known = Callable[[set[str]], dict[str, str]]
Ints = np.ndarray[Any, np.dtype[np.int64]]


def create(
    block: Block, order: Order, removed: Ints, known: Known, now: datetime
) -> set[int]:
    """Rows for the survivors of a span; numbers already known settle at once.

    known: the states that the evidence gives to numbers, by their keys.
    A number that another search works on waits for it (state `elsewhere`).
    Returns the searches touched.
    """
    for piece in batches(_survivors(block, order, removed)):
        members = {index: order.members(index) for index in piece}
        rows = [_row(block, order, index, members[index]) for index in piece]
        states = known({n.key for numbers in members.values() for n in numbers})
        for row in rows:
            keys = [number.key for number in members[row.index]]
            row.state = _joint_state([states.get(key, "open") for key in keys])
            row.settled_at = None if row.state in ("open", "probable") else now
        # Rows that lose the race for their number violate `number_has_one_owner`
        # and are skipped; they come in again as waiting for the owner.
        Candidate.objects.bulk_create(rows, ignore_conflicts=True)
        _wait_for_owners(block, rows)
    settlement.take_from_idle(block.search_id)
    return {block.search_id}


def _survivors(block: Block, order: Order, removed: Ints) -> Iterable[int]:
    assert block.first is not None
    alive = np.ones(block.count, dtype=np.bool_)
    if block.search.source:
        alive[:] = False
        alive[listed(block.search, block.first) - block.first] = True
    for gone in (removed, order.not_candidates, order.duplicates):
        inside = gone[(gone >= block.first) & (gone < block.first + block.count)]
        alive[inside - block.first] = False
    return (np.flatnonzero(alive) + block.first).tolist()  # type: ignore[no-any-return]


def listed(search: Search, first: int) -> Ints:
    """The positions that the file of an imported search lists in the span at first."""
    return arrays.unpack(ListedSpan.objects.get(search=search, first=first).positions)


def _joint_state(states: list[str]) -> str:
    """One member decides against a candidate; for it, all must agree."""
    for against in ("disputed", "composite", "factored"):
        if against in states:
            return against
    return states[0] if len(set(states)) == 1 else "open"


def _row(block: Block, order: Order, index: int, members: list[Kbn]) -> Candidate:
    return Candidate(
        search=block.search,
        index=index,
        key=order.candidate_key(index),
        expression=",".join(number.expression for number in members),
        bits=max(number.bits for number in members),
    )


def _wait_for_owners(block: Block, rows: list[Candidate]) -> None:
    stored = set(
        Candidate.objects.filter(
            search=block.search, index__in=[row.index for row in rows]
        ).values_list("index", flat=True)
    )
    losers = [row for row in rows if row.index not in stored]
    for row in losers:
        row.state = "elsewhere"
    Candidate.objects.bulk_create(losers)
