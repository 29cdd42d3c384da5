"""The invariants of the evidence, as questions to the live ledger (I1 to I5, I7, I8).

Each check yields one readable line per violation and nothing when all is well. The
invariants of the leases (I6, I9, I10) are in `fleet.audit`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet

from darkreach import arrays, forms, identity
from searches import candidates, depth
from searches.batches import batches
from searches.funnel import funnel
from searches.models import Block, Candidate, Factor, Search, SievedSpan
from searches.work import order_of
from verification import append_only, residues
from verification.models import Claim, Prime, Residue, TestProof
from verification.weighing import weigh

_SHOWN = 20
_PROGRAMS_NEEDED = 2


def cover() -> Iterator[str]:
    """I1: the first-time sieve blocks cover every search exactly once."""
    for search in Search.objects.order_by("id"):
        sieve = Block.objects.filter(search=search, stage="sieve", purpose="first")
        yield from _spans_cover(search, sieve.filter(p_min=2), "positions")
        deeper = sieve.exclude(p_min=2)
        ranges = deeper.order_by("p_min").values_list("p_min", "p_max").distinct()
        if not ranges:
            continue
        yield from _tiles(
            f"search {search.pk}: primes",
            depth.start(search),
            search.sieve_limit + 1,
            [(low or 0, (high or 0) + 1) for low, high in ranges],
        )
        for low, high in ranges:
            part = deeper.filter(p_min=low, p_max=high)
            yield from _spans_cover(search, part, f"positions by p = {low} to {high}")


def _spans_cover(search: Search, part: QuerySet[Block], what: str) -> Iterator[str]:
    """The spans of these blocks are all positions, each once."""
    spans = part.order_by("first").values_list("first", "count")
    pieces = [(first or 0, (first or 0) + count) for first, count in spans]
    yield from _tiles(f"search {search.pk}: {what}", 0, search.size, pieces)


def _tiles(
    what: str, start: int, end: int, pieces: list[tuple[int, int]]
) -> Iterator[str]:
    at = start
    for low, high in pieces:
        if low != at:
            yield f"{what}: a gap or an overlap at {min(low, at)}"
        at = high
    if at != end:
        yield f"{what}: covered up to {at}, not {end}"


def conserve() -> Iterator[str]:
    """I2: no candidate is lost, and every closed one has its evidence."""
    for search in Search.objects.order_by("id"):
        counts = funnel(search)
        if counts["open"] < 0:
            yield f"search {search.pk}: more outcomes than candidates: {counts}"
        yield from _spans(search)
        if search.state == "finished" and counts["open"]:
            yield f"search {search.pk} is finished with {counts['open']} open"
    yield from _closed_without_evidence()


def _spans(search: Search) -> Iterator[str]:
    """Every position of a sieved span is removed, a row, or no candidate."""
    order = order_of(search)
    left_out = np.union1d(order.not_candidates, order.duplicates)
    for span in SievedSpan.objects.filter(search=search):
        end = span.first + span.count
        rows = Candidate.objects.filter(
            search=search, index__gte=span.first, index__lt=end
        ).count()
        low, high = np.searchsorted(left_out, [span.first, end])
        excluded = int(high - low)
        if search.source:
            excluded = span.count - candidates.listed(search, span.first).size
        if span.removed + rows + excluded != span.count:
            yield (
                f"search {search.pk}, positions {span.first} to {end - 1}: "
                f"{span.removed} removed + {rows} rows + {excluded} left out "
                f"is not {span.count}"
            )


def _closed_without_evidence() -> Iterator[str]:
    """One member's factor or residue closes a candidate; a prime needs all members."""
    evidence: dict[str, QuerySet[Model]] = {
        "factored": Factor.objects.all(),
        "composite": Residue.objects.filter(verdict="composite", refutation=None),
        "prime": Prime.objects.all(),
    }
    for state, table in evidence.items():
        bare = Candidate.objects.filter(state=state).exclude(
            Exists(table.filter(key=OuterRef("key")))
        )
        for candidate in bare.select_related("search").iterator():
            keys = {n.key for n in order_of(candidate.search).members(candidate.index)}
            known = set(table.filter(key__in=keys).values_list("key", flat=True))
            if not known or (state == "prime" and known != keys):
                yield f"candidate {candidate.pk} is {state} without evidence"


def one_truth() -> Iterator[str]:
    """I3: one accepted residue per number, type and base; contradictions are open."""
    twice = (
        Residue.objects.filter(role="accepted")
        .values("key", "residue_type", "base")
        .annotate(n=Count("id"))
        .filter(n__gt=1)
        .order_by()
    )
    for row in twice:
        yield f"{row['n']} accepted residues for number {row['key']}"
    same = Residue.objects.filter(
        key=OuterRef("key"),
        residue_type=OuterRef("residue_type"),
        base=OuterRef("base"),
        refutation=None,
    ).exclude(res64=OuterRef("res64"))
    differing = Residue.objects.filter(role="differing", refutation=None)
    for residue in differing.filter(Exists(same)):
        disputed = Candidate.objects.filter(state="disputed", key=residue.key)
        if not disputed.exists() and not _disputed_by_member(residue):
            yield f"{residue.expression}: residues differ, no candidate is disputed"


def _disputed_by_member(residue: Residue) -> bool:
    """Whether a candidate of several members is disputed because of this one."""
    tuples = Candidate.objects.filter(
        state="disputed", expression__contains=","
    ).select_related("search")
    return any(
        residue.key in {n.key for n in order_of(row.search).members(row.index)}
        for row in tuples
    )


def primes_are_proven() -> Iterator[str]:
    """I4: every Prime has a certificate of that number, verified by two programs."""
    for prime in Prime.objects.select_related("certificate").iterator():
        certificate = prime.certificate
        if certificate.key != prime.key:
            yield f"{prime.expression} has the certificate of {certificate.expression}"
        if identity.number_key(prime.expression) != prime.key:
            yield f"{prime.expression} is stored under another number's key"
        if not certificate.checks.filter(valid=True).exists():
            yield f"{prime.expression}: its certificate was never verified"
        if len(prime.verified_by) < _PROGRAMS_NEEDED:
            yield f"{prime.expression}: verified by {prime.verified_by} only"


def composites_have_evidence() -> Iterator[str]:
    """I5: no composite is below the evidence level of its search, unless a further test
    is due or running; and none is shown at a level that its residues do not give."""
    composites = Candidate.objects.filter(state="composite")
    higher = ("double-checked", "proven")
    below = Q(evidence="") | Q(evidence="single", search__evidence_level__in=higher)
    waits = (~Q(owed="") | Q(unweighed=True)) & ~Q(search__state="finished")
    for candidate in composites.filter(below).exclude(waits)[:_SHOWN]:
        yield f"{candidate.expression} is below its search's evidence level"
    other = Residue.objects.filter(
        key=OuterRef("key"),
        residue_type=OuterRef("residue_type"),
        base=OuterRef("base"),
        res64=OuterRef("res64"),
        refutation=None,
    ).exclude(kernel=OuterRef("kernel"))
    pairs = Residue.objects.filter(Exists(other), verdict="composite", refutation=None)
    double = composites.filter(evidence="double-checked")
    for candidate in _without(double, pairs, "key"):
        keys = {n.key for n in order_of(candidate.search).members(candidate.index)}
        groups = residues.standing(keys).values()
        if not any(weigh(group).double for group in groups):
            yield f"{candidate.expression} is called double-checked, but is not"
    yield from proofs_are_certified()


def _without(
    some: QuerySet[Candidate], evidence: QuerySet[Any], column: str
) -> Iterator[Candidate]:
    """The candidates whose key is in this column of no row of the evidence.

    Asked piece by piece: PostgreSQL takes key, base and residue for independent,
    expects next to no evidence, and as one question compares all rows with all.
    """
    for piece in batches(some.select_related("search").iterator()):
        keys = {candidate.key for candidate in piece}
        rows = evidence.filter(**{f"{column}__in": keys})
        known = set(rows.values_list(column, flat=True))
        yield from (each for each in piece if each.key not in known)


def proofs_are_certified() -> Iterator[str]:
    """I5, level proven: a certified test proof shows a residue that stands."""
    shown = Residue.objects.filter(
        key=OuterRef("key"),
        residue_type=OuterRef("residue_type"),
        base=OuterRef("base"),
        res64=OuterRef("res64"),
        verdict="composite",
        refutation=None,
    )
    valid = TestProof.objects.filter(Exists(shown), certification__valid=True)
    proven = Candidate.objects.filter(state="composite", evidence="proven")
    for candidate in islice(_without(proven, valid, "candidate_key"), _SHOWN):
        yield f"{candidate.expression} is called proven, but is not"
    decided = Claim.objects.exclude(proof__certification=None)
    for row in decided.select_related("proof")[:_SHOWN]:
        yield f"{row.proof} is decided, and still to be computed"


def factors_divide() -> Iterator[str]:
    """I7: every stored factor divides its number, checked again now."""
    for row in Factor.objects.iterator():
        number = forms.number(row.expression)
        if number.key != row.key or number.mod(int(row.factor)) != 0:
            yield f"{row.factor} does not divide {row.expression}"
    for span in SievedSpan.objects.select_related("search").iterator():
        order = order_of(span.search)
        packed = (span.indices, span.factors, span.members)
        columns = [arrays.unpack(text).tolist() for text in packed]
        if any(len(column) != span.removed for column in columns):
            yield f"span {span.pk}: {span.removed} removed, other numbers stored"
        for index, factor, member in zip(*columns, strict=False):
            number = order.members(index)[member]
            if number.mod(factor) != 0:
                yield f"{factor} does not divide {number.expression}"


def evidence_is_kept() -> Iterator[str]:
    """I8: the database refuses to change or delete evidence."""
    for table in append_only.missing(connection):
        yield f"rows of {table} can be changed: `manage.py migrate` mends it"


CHECKS = {
    "I1 cover": cover,
    "I2 conserve": conserve,
    "I3 one truth": one_truth,
    "I4 prime": primes_are_proven,
    "I5 composite": composites_have_evidence,
    "I7 factor": factors_divide,
    "I8 append-only": evidence_is_kept,
}
