"""Factor files in and out. Nothing is believed: each factor is verified."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from darkreach import arrays
from darkreach.files import factors
from darkreach.files.factors import FactorLine
from searches import settlement
from searches.batches import batches
from searches.clock import ledger_now
from searches.models import Candidate, Factor, Search, SievedSpan
from searches.work import order_of


@dataclass
class Imported:
    """How many factors were read, how many of them are new, and the searches that lost
    a candidate."""

    read: int
    new: int
    touched: set[int]


def store(lines: Iterable[FactorLine], source: str) -> Imported:
    """Store verified factors and settle their numbers in every search.

    FileError from `lines` ends it; the factors before it are facts and stay.
    """
    done = Imported(0, 0, set())
    for piece in batches(lines):
        now = ledger_now()
        with transaction.atomic():
            before = _known(piece)
            Factor.objects.bulk_create(
                [_row(line, source, now) for line in piece], ignore_conflicts=True
            )
            keys = {line.number.key for line in piece}
            done.touched |= settlement.settle(keys, "factored", now)
        done.read += len(piece)
        done.new += len({(x.number.key, str(x.factor)) for x in piece} - before)
    done.touched |= settle_tuples()
    return done


def _known(piece: list[FactorLine]) -> set[tuple[str, str]]:
    keys = [line.number.key for line in piece]
    rows = Factor.objects.filter(key__in=keys)
    return set(rows.values_list("key", "factor"))


def _row(line: FactorLine, source: str, now: datetime) -> Factor:
    return Factor(
        key=line.number.key,
        expression=line.number.expression,
        factor=str(line.factor),
        stage="sieve",
        software={"program": "imported", "source": source},
        created_at=now,
    )


def settle_tuples() -> set[int]:
    """Settle candidates of several numbers of which one has a factor: they have a key
    of their own, by which no factor is stored."""
    touched: set[int] = set()
    for search in Search.objects.exclude(state="finished"):
        order = order_of(search)
        if order.member_count == 1:
            continue
        rows = Candidate.objects.filter(search=search, state__in=["open", "elsewhere"])
        for piece in batches(rows.values_list("index", "key").order_by("index")):
            members = {key: _member_keys(order, index) for index, key in piece}
            wanted = [key for keys in members.values() for key in keys]
            known = set()
            for some in batches(wanted):
                found = Factor.objects.filter(key__in=some)
                known.update(found.values_list("key", flat=True))
            gone = [key for key, keys in members.items() if known & set(keys)]
            with transaction.atomic():
                touched |= settlement.settle(gone, "factored", ledger_now())
    return touched


def _member_keys(order: Any, index: int) -> list[str]:
    return [number.key for number in order.members(index)]


def lines(search: Search) -> Iterator[str]:
    """Every factor known of the numbers of a search, as `p | expression`."""
    order = order_of(search)
    for span in SievedSpan.objects.filter(search=search).order_by("first").iterator():
        columns = (span.indices, span.factors, span.members)
        rows = zip(*(arrays.unpack(text).tolist() for text in columns), strict=True)
        for index, factor, member in rows:
            yield factors.show(factor, order.members(index)[member].expression)
    rows = Candidate.objects.filter(search=search, state="factored").order_by("index")
    for piece in batches(rows.values_list("index", flat=True).iterator()):
        keys = {key for index in piece for key in _member_keys(order, index)}
        for some in batches(sorted(keys)):
            found = Factor.objects.filter(key__in=some).order_by("id")
            for factor, expression in found.values_list("factor", "expression"):
                yield factors.show(factor, expression)
