"""The primes as files: a table, the list of t5k.org, the text to submit there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import suppress

from django.conf import settings
from django.db.models import QuerySet

from darkreach.errors import OrderError
from darkreach.expression import parse, show
from darkreach.files.prime_lists import Listed, t5k_lines
from darkreach.forms import number
from darkreach_site.pages.labels import label
from darkreach_site.pages.tables import csv_line, iso, one_line
from verification import embargo
from verification.models import ListedPrime, Prime

HEADER = ("expression", "digits", "form", "certificate", "found", "label")
_AT_ONCE = 2_000


def public() -> QuerySet[Prime]:
    """The primes that everybody may see, the largest first, without certificates."""
    rows = embargo.public().select_related("certificate").defer("certificate__data")
    return rows.order_by("-digits", "id")


def table() -> Iterator[str]:
    """primes.csv: every public prime."""
    yield csv_line(HEADER)
    for each in public().iterator(chunk_size=_AT_ONCE):
        row = (
            *(each.expression, each.digits, each.form, each.certificate.kind),
            *(iso(each.found_at), label(each.expression)),
        )
        yield csv_line(row)


def read_table(text: str) -> list[dict[str, str]]:
    """The rows of primes.csv."""
    return list(csv.DictReader(io.StringIO(text)))


def t5k_list() -> Iterator[str]:
    """all.txt: the public primes in the columns of t5k.org; a letter marks those that
    no imported list has."""
    return t5k_lines(_listed())


def _listed() -> Iterator[Listed]:
    compared = ListedPrime.objects.exists()
    for rank, each in enumerate(public().iterator(chunk_size=_AT_ONCE), 1):
        known = compared and ListedPrime.objects.filter(key=each.key).exists()
        yield Listed(
            rank=rank,
            description=description(each.expression),
            digits=each.digits,
            who=settings.PROOF_CODE,
            year=each.found_at.year,
            comment=each.form.replace("-", " "),
            new=compared and not known,
        )


def description(expression: str) -> str:
    """The number as t5k.org writes it: base reduced, the shorter of text and digits.

    13438*16^98815+1 is 6719*2^395261+1.
    """
    one = number(expression)
    text = show(parse(one.expression)[0], "t5k")
    if one.bits < 200:
        text = min(str(one.value()), text, key=len)
    return text


def submission(prime: Prime) -> str:
    """What is pasted into the form of t5k.org: the description, and a comment."""
    lines = [
        description(prime.expression),
        "",
        f"{prime.digits} digits, found {iso(prime.found_at)[:10]}",
        f"proof: certificate of kind {prime.certificate.kind}",
        *(f"verified by {one_line(name)}" for name in prime.verified_by),
    ]
    with suppress(OrderError):
        lines.append(f"PARI/GP: {show(parse(prime.expression)[0], 'pari')}")
    return "\n".join(lines) + "\n"
