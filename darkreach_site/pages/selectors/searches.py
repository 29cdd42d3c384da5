"""Searches, for the lists and for the page of one."""

from __future__ import annotations

from django.db.models import Case, QuerySet, Value, When
from django.shortcuts import get_object_or_404

from searches.models import Search

#: Filters of the list, by the word in the address.
STATES = {
    "all": None,
    "running": "running",
    "paused": "paused",
    "finished": "finished",
    "cancelled": "cancelled",
}

#: What each evidence level says about the composites of a search.
EVIDENCE = {
    "single": "a composite rests on one test, not repeated",
    "double-checked": "each composite was tested twice, by different workers",
    "proven": "each composite has a verified proof of its test",
}


def ordered(state: str | None) -> QuerySet[Search]:
    """Running searches first, then the newest; of one state if one is named."""
    rows = Search.objects.filter(state=state) if state else Search.objects.all()
    running_first = Case(When(state="running", then=Value(0)), default=Value(1))
    return rows.order_by(running_first, "-priority", "-id")


def running(most: int) -> list[Search]:
    """Those that run, in the order in which they are served."""
    return list(
        Search.objects.filter(state="running").order_by("-priority", "id")[:most]
    )


def one(number: int) -> Search:
    """The search of that number, or 404."""
    return get_object_or_404(Search, pk=number)


def command(search: Search) -> str:
    """The command line that orders the same again."""
    if search.source:
        return "manage.py import_sieve FILE"
    ranges = " ".join(
        f"--{name} {text}" for name, text in search.spec.get("ranges", {}).items()
    )
    return f"manage.py hunt '{search.spec.get('expression', '')}' {ranges}".strip()
