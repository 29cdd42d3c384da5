"""Primes and candidates of the API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from ninja import Query, Router

from darkreach_site.api import cursors, queries, schemas
from darkreach_site.pages.labels import expression as expression_of
from darkreach_site.pages.labels import label
from darkreach_site.pages.selectors import primes as selector
from darkreach_site.pages.selectors.timeline import timeline
from searches.models import Candidate, Factor
from verification import embargo, listed
from verification.models import Prime, Residue

router = Router(tags=["numbers"])

_SORTS: dict[str, tuple[tuple[str, str], tuple[type, type]]] = {
    "digits": (("-digits", "id"), (int, int)),
    "date": (("-found_at", "-id"), (datetime, int)),
}
#: Rows of evidence of one number.
_MOST = 100


@router.get("/primes", response=schemas.Page[schemas.PrimeLine])
def primes(request: HttpRequest, asked: Query[queries.Primes]) -> dict[str, Any]:
    """Primes, the largest or the newest first."""
    wanted: dict[str, Any] = {
        "form": asked.form,
        "tags__name": asked.tag,
        "search": asked.search,
        "digits__gte": asked.min_digits,
        "digits__lte": asked.max_digits,
        "found_at__gte": asked.found_from,
        "found_at__lt": asked.found_before,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    order, kinds = _SORTS[asked.sort]
    rows = _light(embargo.public().filter(**given))
    if asked.known is not None:
        rows = listed.known(rows, asked.known)
    found, after = cursors.page(
        rows, asked.sort, order, asked.cursor, asked.limit, kinds
    )
    return {"items": [prime_line(each) for each in found], "next": after}


def _light(rows: QuerySet[Prime]) -> QuerySet[Prime]:
    rows = rows.select_related("certificate").defer("certificate__data")
    return rows.prefetch_related("tags")


def prime_line(prime: Prime) -> dict[str, Any]:
    """A prime as lists have it."""
    return {
        "label": label(prime.expression),
        "expression": prime.expression,
        "digits": prime.digits,
        "form": prime.form,
        "tags": sorted(tag.name for tag in prime.tags.all()),
        "certificate_kind": prime.certificate.kind,
        "found_at": prime.found_at,
        "search": prime.search_id,
        "url": reverse("prime", args=[prime.expression]),
        "certificate_url": reverse("certificate", args=[prime.expression]),
    }


@router.get(
    "/primes/{number}",
    response=schemas.PrimeDetail,
)
def prime(request: HttpRequest, number: str) -> dict[str, Any]:
    """One prime by its label, in any spelling of the number."""
    found = selector.by_expression(_expression(number))
    compared = listed.standing(found)
    return {
        **prime_line(found),
        "listed": compared.entries,
        "new": compared.new,
        "place": compared.place,
        "key": found.key,
        "verified_by": found.verified_by,
        "timeline": [vars(event) for event in timeline(found)],
    }


def _expression(text: str) -> str:
    try:
        return expression_of(text)
    except ValueError:
        raise Http404("not the label of a number") from None


@router.get("/candidates", response=schemas.Page[schemas.CandidateLine])
def candidates(
    request: HttpRequest, asked: Query[queries.Candidates]
) -> dict[str, Any]:
    """The numbers of a search that the first pass left, in the order of the search, or
    those of one state, the smallest first."""
    rows = Candidate.objects.filter(search=asked.search)
    order, sort = ["index"], "index"
    kinds: Sequence[type] = (int,)
    if asked.state is not None:
        rows = rows.filter(state=asked.state)
        order, sort, kinds = ["bits", "id"], f"bits {asked.state}", (int, int)
        end = embargo.ends_before()
        if asked.state == "prime" and end is not None:
            rows = rows.filter(settled_at__lte=end)
    found, after = cursors.page(rows, sort, order, asked.cursor, asked.limit, kinds)
    return {"items": [candidate_line(each) for each in found], "next": after}


def candidate_line(row: Candidate) -> dict[str, Any]:
    """A candidate as lists have it; what may be a prime under embargo is open."""
    end = embargo.ends_before()
    secret = end is not None and (
        (row.state == "probable" and not row.proof_given_up)
        or (row.state == "prime" and (row.settled_at is None or row.settled_at > end))
    )
    return {
        "search": row.search_id,
        "index": row.index,
        "label": label(row.expression),
        "expression": row.expression,
        "bits": row.bits,
        "state": "open" if secret else row.state,
        "evidence": row.evidence,
        "settled_at": None if secret else row.settled_at,
    }


@router.get(
    "/candidates/{number}",
    response=schemas.CandidateDetail,
)
def candidate(request: HttpRequest, number: str) -> dict[str, Any]:
    """Everything that is known of one number, by its label."""
    expression = _expression(number)
    key = selector.key_of(expression)
    rows = list(Candidate.objects.filter(key=key).order_by("id")[:_MOST])
    lines = [candidate_line(each) for each in rows]
    secret = bool(embargo.hidden_keys([key])) or any(
        line["state"] != row.state for line, row in zip(lines, rows, strict=True)
    )
    factors = Factor.objects.filter(key=key).values_list("factor", flat=True)
    residues = Residue.objects.filter(key=key).defer("res2048").order_by("id")
    if not (rows or factors or residues):
        raise Http404("nothing is known of this number")
    found = _light(embargo.public().filter(key=key)).first()
    return {
        "label": label(expression),
        "expression": expression,
        "key": key,
        "candidates": lines,
        "factors": list(factors[:_MOST]),
        "residues": [] if secret else list(residues[:_MOST]),
        "prime": prime_line(found) if found else None,
    }
