"""Sieve files in and out: a foreign file becomes a search, a search becomes a file.

A file lists what another program left and names no factors. So the candidates of its
search are exactly the numbers it lists; about the others nothing is said. The numbers
are sieved again by the small primes, which is quick, and then from where the file ends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import Min

from darkreach import arrays
from darkreach.errors import OrderError
from darkreach.files.listing import Listed
from searches import blocks, estimates, planning, states
from searches.clock import ledger_now
from searches.kinds import form_of
from searches.models import Block, Candidate, ListedSpan, Search

_LONGEST_SOURCE = 120


def place_listed(
    listed: Listed,
    source: str,
    *,
    priority: int = 5,
    sieve_limit: int | None = None,
    pm1: tuple[int, int] | None = None,
    hardware_class: str = "",
    evidence: str | None = None,
    created_by: str = "",
    speeds: estimates.Speeds | None = None,
    resume: bool = False,
) -> planning.Placed:
    """A search of the numbers of a file, or the one that the same numbers made before.

    source: the name of the file. Options as for `planning.place_order`.
    """
    order = listed.order
    if not listed.positions.size:
        raise OrderError(f"{source}: no number of this file can be prime")
    planning.check(order, priority, sieve_limit, pm1)
    key = _key(listed)
    existing = Search.objects.filter(key=key).first()
    if existing is None:
        search = Search(
            title=f"{order.title}, {listed.positions.size} listed",
            key=key,
            spec=order.spec(),
            form=form_of(order),
            priority=priority,
            evidence_level=evidence or settings.EVIDENCE_LEVEL,
            hardware_class=hardware_class,
            size=order.size,
            unlisted=order.size - listed.positions.size,
            source=_source(listed, source),
            sieved_elsewhere=listed.sieved_to,
            max_bits=order.max_bits,
            created_by=created_by,
            created_at=ledger_now(),
        )
        planning.choose(search, order, sieve_limit, pm1, speeds)
        if search.sieve_automatic:
            search.sieve_limit = estimates.FIRST_PASS
        if planning.write(search, _spans(search, listed)):
            return planning.Placed(search, created=True)
        existing = Search.objects.get(key=key)
    return planning.Placed(planning.join(existing, resume), created=False)


def _key(listed: Listed) -> str:
    """The same numbers make the same search, whatever the file says about its depth."""
    digest = hashlib.sha256(listed.order.key.encode())
    digest.update(np.ascontiguousarray(listed.positions, dtype="<i8").tobytes())
    return digest.hexdigest()


def _source(listed: Listed, source: str) -> str:
    depth = f"sieved to {listed.sieved_to}" if listed.sieved_to else "not sieved"
    return f"{source[-_LONGEST_SOURCE:]}, {depth}"


def _spans(search: Search, listed: Listed) -> Iterator[ListedSpan]:
    """One for each block of the first pass."""
    for first in range(0, search.size, blocks.SPAN):
        count = min(blocks.SPAN, search.size - first)
        low, high = np.searchsorted(listed.positions, [first, first + count])
        yield ListedSpan(
            search=search,
            first=first,
            count=count,
            positions=arrays.pack(listed.positions[low:high]),
        )


def reached(search: Search) -> int:
    """Every prime up to here was sieved with. OrderError while the first pass is not
    finished: what it left is not known before."""
    sieve = Block.objects.filter(search=search, stage="sieve")
    left = sieve.filter(state__in=[*states.UNFINISHED_BLOCK, "cancelled"])
    lowest: int | None = left.aggregate(lowest=Min("p_min"))["lowest"]
    if lowest == 2:
        raise OrderError(f"the first pass of search {search.pk} is not finished")
    whole = max(search.sieve_limit, search.sieved_elsewhere)
    return whole if lowest is None else min(whole, lowest - 1)


def survivors(search: Search, untested: bool = False) -> Iterator[int]:
    """The positions without a known factor, ascending; untested: only those that still
    wait for their test."""
    rows: Any = Candidate.objects.filter(search=search).exclude(state="factored")
    if untested:
        rows = rows.filter(state__in=["open", "elsewhere"])
    indices = rows.order_by("index").values_list("index", flat=True)
    yield from indices.iterator(chunk_size=50_000)
