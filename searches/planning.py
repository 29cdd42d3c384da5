"""An order becomes a search with its first sieve blocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from darkreach.arithmetic import LARGEST_BITS
from darkreach.errors import OrderError
from darkreach.order import Order
from searches import blocks, control, estimates, outbox
from searches.clock import ledger_now
from searches.models import Search

# What the stage programs take.
MOST_B1, MOST_B2 = 10**8, 10**9
_HIGHEST_PRIORITY = 9
_NO_PM1 = "skipped: f-1 has no known divisor, so P-1 would cost more than it saves"


@dataclass(frozen=True)
class Placed:
    """A search, and whether this order created it."""

    search: Search
    created: bool


def place_order(
    order: Order,
    *,
    priority: int = 5,
    sieve_limit: int | None = None,
    pm1: tuple[int, int] | None = None,
    hardware_class: str = "",
    created_by: str = "",
    speeds: estimates.Speeds | None = None,
    resume: bool = False,
    now: datetime | None = None,
) -> Placed:
    """Write the search and its first blocks, or join the search that exists.

    Repeating an order joins a running search and gives the stored answer of a
    finished one. A paused or cancelled one is resumed if `resume` says so, else
    OrderError offers it.
    """
    _check(priority, sieve_limit, pm1)
    _check_size(order)
    existing = Search.objects.filter(key=order.key).first()
    if existing is None:
        now = now or ledger_now()
        search = Search(
            title=order.title,
            key=order.key,
            spec=order.spec(),
            priority=priority,
            evidence_level=settings.EVIDENCE_LEVEL,
            hardware_class=hardware_class,
            sieve_limit=sieve_limit or _default_limit(order, speeds),
            size=order.size,
            not_candidates=len(order.not_candidates),
            duplicates=len(order.duplicates),
            max_bits=order.max_bits,
            created_by=created_by,
            created_at=now,
        )
        search.pm1_b1, search.pm1_b2 = pm1 or (None, None)
        if pm1 is None:
            search.pm1_note = (
                "skipped: no known divisor of f-1, it costs more than it saves"
            )
        try:
            with transaction.atomic():
                search.save(force_insert=True)
                blocks.create_first_pass(search, now)
                outbox.record("search.placed", search.pk, now, title=search.title)
        except IntegrityError:  # the same order came in at the same moment
            existing = Search.objects.get(key=order.key)
        else:
            return Placed(search, created=True)
    return Placed(_join(existing, resume), created=False)


def _join(search: Search, resume: bool) -> Search:
    if search.state in ("paused", "cancelled"):
        if not resume:
            raise OrderError(
                f"this search exists and is {search.state}: {search.title}; "
                "repeat the order with --resume to go on with it"
            )
        control.resume(search.pk)
        search.refresh_from_db()
    return search


def _check(priority: int, sieve_limit: int | None, pm1: tuple[int, int] | None) -> None:
    if not 0 <= priority <= _HIGHEST_PRIORITY:
        raise OrderError(f"priority {priority} is not between 0 and 9")
    if sieve_limit is not None and not 2 <= sieve_limit < 2**50:
        raise OrderError(f"sieve limit {sieve_limit} is not between 2 and 2^50")
    if pm1 is not None and not (2 <= pm1[0] <= MOST_B1 and pm1[0] <= pm1[1] <= MOST_B2):
        raise OrderError(
            f"P-1 bounds {pm1[0]}, {pm1[1]} need 2 <= B1 <= B2, B1 <= 10^8, B2 <= 10^9"
        )


def _check_size(order: Order) -> None:
    if order.max_bits > LARGEST_BITS:
        raise OrderError(
            f"the largest number of this order has {order.max_bits} bits; numbers of "
            f"at most {LARGEST_BITS} bits can be tested"
        )


def _default_limit(order: Order, speeds: estimates.Speeds | None) -> int:
    """Sieve until removing a number costs as much as testing one of middling size."""
    # Brings the compiler with it, which most processes that import this never need.
    from darkreach.sieve import depth

    return depth.default_depth(
        order, estimates.seconds("prp", order.max_bits * 3 // 4, speeds)
    )
