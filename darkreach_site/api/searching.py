"""Searches, figures and events of the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from ninja import Query, Router

from darkreach_site.api import cursors, queries, schemas
from darkreach_site.api.queries import Number
from darkreach_site.live import ledger
from darkreach_site.pages.selectors import fleet, progress
from darkreach_site.pages.selectors import forms as catalogue
from darkreach_site.pages.selectors import searches as selector
from darkreach_site.pages.selectors.totals import totals
from searches.models import OutboxEvent, Search

router = Router(tags=["searches"])


@router.get("/searches", response=schemas.Page[schemas.SearchLine])
def searches(request: HttpRequest, asked: Query[queries.Searches]) -> dict[str, Any]:
    """Searches, the newest first."""
    rows = Search.objects.defer("spec", "sieve_figures")
    if asked.form is not None:
        rows = rows.filter(form=asked.form)
    if asked.state is not None:
        rows = rows.filter(state=asked.state)
    found, after = cursors.page(rows, "id", ["-id"], asked.cursor, asked.limit, (int,))
    standings = progress.standings(found)
    return {"items": [_line(standing) for standing in standings], "next": after}


def _line(standing: progress.Standing) -> dict[str, Any]:
    search = standing.search
    return {
        "id": search.pk,
        "title": search.title,
        "form": search.form,
        "state": search.state,
        "priority": search.priority,
        "evidence_level": search.evidence_level,
        "created_at": search.created_at,
        "finished_at": search.finished_at,
        "candidates": standing.candidates,
        "settled": standing.settled,
        "primes": standing.primes,
        "url": reverse("search", args=[search.pk]),
    }


@router.get(
    "/searches/{number}",
    response=schemas.SearchDetail,
)
def search(request: HttpRequest, number: Number) -> dict[str, Any]:
    """One search."""
    found = selector.one(number)
    (standing,) = progress.standings([found])
    return {
        **_line(standing),
        "spec": found.spec,
        "sieve_limit": found.sieve_limit,
        "pm1_b1": found.pm1_b1,
        "pm1_b2": found.pm1_b2,
        "max_bits": found.max_bits,
    }


@router.get("/forms", response=list[schemas.FormLine], tags=["forms"])
def forms(request: HttpRequest) -> list[dict[str, Any]]:
    """All forms, and how the hunt for each goes."""
    return [_form_line(hunt) for hunt in catalogue.hunts()]


@router.get("/forms/{word}", response=schemas.FormLine, tags=["forms"])
def form(request: HttpRequest, word: str) -> dict[str, Any]:
    """One form."""
    return _form_line(catalogue.hunt(catalogue.one(word)))


def _form_line(hunt: catalogue.Hunt) -> dict[str, Any]:
    known = hunt.form
    names = ("word", "title", "formula", "where", "proof", "oeis", "record")
    counted = ("searches", "settled", "open", "primes", "expected")
    return {
        **{name: getattr(known, name) for name in names},
        **{name: getattr(hunt, name) for name in counted},
        "url": reverse("form", args=[known.word]),
    }


@router.get("/stats", response=schemas.Stats)
def stats(request: HttpRequest) -> dict[str, Any]:
    """The site in a few numbers."""
    counted, crew = totals(), fleet.crew()
    last = OutboxEvent.objects.filter(sequence__isnull=False).order_by("-sequence")
    return {
        "primes": counted.primes,
        "settled": counted.settled,
        "running": counted.running,
        "workers": crew.workers if crew.known else None,
        "slots": crew.slots if crew.known else None,
        "sequence": last.values_list("sequence", flat=True).first() or 0,
    }


@router.get("/events", response=schemas.Page[schemas.Event], tags=["events"])
def events(request: HttpRequest, asked: Query[queries.Events]) -> dict[str, Any]:
    """Published events in their order; `next` is to be passed as `after`."""
    found = ledger.events_after(asked.after, asked.search, None, asked.limit + 1)
    last = found[: asked.limit][-1:]
    more = str(last[0]["sequence"]) if len(found) > asked.limit else None
    return {"items": found[: asked.limit], "next": more}
