"""An order becomes a search with its first sieve blocks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from darkreach.arithmetic import LARGEST_BITS
from darkreach.errors import OrderError
from darkreach.order import Order
from searches import blocks, control, depth, estimates, outbox
from searches.clock import ledger_now
from searches.kinds import form_of
from searches.models import ListedSpan, Search

# What the stage programs take.
MOST_B1, MOST_B2 = 10**8, 10**9
_HIGHEST_PRIORITY = 9


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
    evidence: str | None = None,
    created_by: str = "",
    speeds: estimates.Speeds | None = None,
    resume: bool = False,
    now: datetime | None = None,
) -> Placed:
    """Write the search and its first blocks, or join the search that exists.

    sieve_limit: sieve by the primes up to there; None: as long as it pays.
    pm1: the bounds B1 and B2; None: chosen after the sieve, where any pay.
    evidence: what a composite needs (`states.EVIDENCE_LEVELS`); None: the default.

    Repeating an order joins a running search and gives the stored answer of a
    finished one. A paused or cancelled one is resumed if `resume` says so, else
    OrderError offers it.
    """
    check(order, priority, sieve_limit, pm1)
    existing = Search.objects.filter(key=order.key).first()
    if existing is None:
        now = now or ledger_now()
        search = Search(
            title=order.title,
            key=order.key,
            spec=order.spec(),
            form=form_of(order),
            priority=priority,
            evidence_level=evidence or settings.EVIDENCE_LEVEL,
            hardware_class=hardware_class,
            size=order.size,
            not_candidates=len(order.not_candidates),
            duplicates=len(order.duplicates),
            max_bits=order.max_bits,
            created_by=created_by,
            created_at=now,
        )
        choose(search, order, sieve_limit, pm1, speeds)
        if write(search, speeds=speeds):
            return Placed(search, created=True)
        existing = Search.objects.get(key=search.key)
    return Placed(join(existing, resume), created=False)


def write(
    search: Search,
    listed: Iterable[ListedSpan] = (),
    speeds: estimates.Speeds | None = None,
) -> bool:
    """Store a new search with its first blocks; False if another process placed the
    same order at the same moment."""
    try:
        with transaction.atomic():
            search.save(force_insert=True)
            ListedSpan.objects.bulk_create(listed, batch_size=10)
            blocks.create_first_pass(search, search.created_at, speeds)
            outbox.record(
                "search.placed",
                search.pk,
                search.created_at,
                search=search.pk,
                title=search.title,
            )
    except IntegrityError:
        return False
    return True


def choose(
    search: Search,
    order: Order,
    sieve_limit: int | None,
    pm1: tuple[int, int] | None,
    speeds: estimates.Speeds | None,
) -> None:
    """Depth of the sieve and bounds of P-1: as told, or left to measurements."""
    if sieve_limit is None:
        expected, prime_seconds = expected_depth(order, speeds)
        search.sieve_automatic = True
        search.sieve_limit = min(expected, estimates.FIRST_PASS)
        search.sieve_figures = depth.forecast(prime_seconds)
    else:
        search.sieve_limit = sieve_limit
    search.pm1_b1, search.pm1_b2 = pm1 or (None, None)
    search.pm1_undecided = pm1 is None
    search.pm1_note = "chosen by the operator" if pm1 else "decided after the sieve"


def join(search: Search, resume: bool) -> Search:
    if search.state in ("paused", "cancelled"):
        if not resume:
            raise OrderError(
                f"this search exists and is {search.state}: {search.title}; "
                "repeat the order with --resume to go on with it"
            )
        control.resume(search.pk)
        search.refresh_from_db()
    return search


def check(
    order: Order,
    priority: int,
    sieve_limit: int | None,
    pm1: tuple[int, int] | None,
) -> None:
    """OrderError for an order or options that cannot be hunted with."""
    if not 0 <= priority <= _HIGHEST_PRIORITY:
        raise OrderError(f"priority {priority} is not between 0 and 9")
    if sieve_limit is not None and not 2 <= sieve_limit < 2**50:
        raise OrderError(f"sieve limit {sieve_limit} is not between 2 and 2^50")
    if pm1 is not None and not (2 <= pm1[0] <= MOST_B1 and pm1[0] <= pm1[1] <= MOST_B2):
        raise OrderError(
            f"P-1 bounds {pm1[0]}, {pm1[1]} need 2 <= B1 <= B2, B1 <= 10^8, B2 <= 10^9"
        )
    if order.max_bits > LARGEST_BITS:
        raise OrderError(
            f"the largest number of this order has {order.max_bits} bits; numbers of "
            f"at most {LARGEST_BITS} bits can be tested"
        )


def expected_depth(order: Order, speeds: estimates.Speeds | None) -> tuple[int, float]:
    """Where removing a number is expected to cost as much as testing one of middling
    size, and what one prime costs until then."""
    # Brings the compiler with it, which most processes that import this never need.
    from darkreach.sieve import depth as formula

    test = estimates.seconds("prp", order.max_bits * 3 // 4, speeds)
    return formula.expected(order, test)
