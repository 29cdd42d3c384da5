"""results.json.txt: every accepted test, and every factor that P-1 found."""

from __future__ import annotations

from collections.abc import Iterator

from darkreach.errors import OrderError
from darkreach.files import results_json
from darkreach.forms import Kbn, number
from searches.batches import batches
from searches.models import Factor
from verification import embargo
from verification.models import Residue


def lines() -> Iterator[str]:
    """Numbers of other shapes than k*b^n+-1 have no name there and are left out; so
    are those that may be primes under embargo."""
    yield from _tests()
    yield from _factors()


def _kbn(expression: str) -> Kbn | None:
    try:
        found = number(expression)
    except OrderError:
        return None
    return found if isinstance(found, Kbn) else None


def _tests() -> Iterator[str]:
    rows = Residue.objects.filter(role="accepted", variant=0)
    rows = rows.filter(residue_type__isnull=False)
    for piece in batches(rows.order_by("id").iterator(chunk_size=1_000)):
        hidden = embargo.hidden_keys(row.key for row in piece)
        for row in piece:
            one = _kbn(row.expression)
            # What a prime is called before its proof would tell of it.
            waits = row.verdict == "probable prime" and embargo.ends_before()
            if one is None or row.key in hidden or waits:
                continue
            yield (
                results_json.tested(
                    one,
                    prime=row.verdict != "composite",
                    residue_type=row.residue_type or 0,
                    base=row.base or 0,
                    res64=row.res64,
                    res2048=row.res2048,
                    errors=sum(row.errors.values()),
                    software=row.software,
                    when=row.created_at,
                )
                + "\n"
            )


def _factors() -> Iterator[str]:
    rows = Factor.objects.filter(stage="pm1").select_related("block__search")
    for row in rows.order_by("id").iterator(chunk_size=1_000):
        one = _kbn(row.expression)
        search = row.block.search if row.block else None
        if one is not None:
            yield (
                results_json.factored(
                    one,
                    factor=int(row.factor),
                    b1=search.pm1_b1 if search else None,
                    b2=search.pm1_b2 if search else None,
                    software=row.software,
                    when=row.created_at,
                )
                + "\n"
            )
