"""Searches, for the lists and for the page of one."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from searches.models import Candidate, Search, SearchFigure
from verification import embargo

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
    "single": "a composite rests on one test, a share of them is repeated",
    "double-checked": "each composite was tested twice on different arithmetic, by "
    "different hosts where there are several",
    "proven": "each composite has a verified proof of its test, or a second test",
}
#: How a count of composites ends.
_ENDS = {"owing": "to be tested again", "alone": "tested twice by one host"}


def listed(state: str | None, form: str | None) -> QuerySet[Search]:
    """All searches, or those of one state and form; the list puts the newest first."""
    rows = Search.objects.defer("spec", "sieve_figures")
    if state:
        rows = rows.filter(state=state)
    return rows.filter(form=form) if form else rows


def running(most: int) -> list[Search]:
    """Those that run, in the order in which they are served."""
    return list(
        Search.objects.filter(state="running").order_by("-priority", "id")[:most]
    )


def one(number: int) -> Search:
    """The search of that number, or 404."""
    return get_object_or_404(Search.objects.select_related("figure"), pk=number)


def figure(search: Search) -> SearchFigure:
    """What was counted of it last; of a search so young that nothing was counted, that
    everything is open."""
    known: SearchFigure | None = getattr(search, "figure", None)
    if known is None:
        count = search.candidate_count
        known = SearchFigure(search=search, state=search.state, open=count)
    return known


def levels(figure: SearchFigure) -> list[tuple[str, int]]:
    """How many of its composites have which evidence, where any do."""
    counts: dict[str, int] = figure.data.get("levels", {})
    return [(_ENDS.get(name, name), n) for name, n in counts.items() if n]


def hidden(search: Search) -> int:
    """How many of its primes are under embargo."""
    return embargo.hidden().filter(search=search).count()


def edge(search: Search) -> Candidate | None:
    """The smallest number that still waits for its test: all below it are settled."""
    states = ("open", "elsewhere")
    firsts = (
        Candidate.objects.filter(search=search, state=state).order_by("bits", "id")
        for state in states
    )
    found = [each for each in (rows.first() for rows in firsts) if each is not None]
    return min(found, key=lambda each: (each.bits, each.pk), default=None)


def command(search: Search) -> str:
    """The command line that orders the same again."""
    if search.source:
        return "manage.py import_sieve FILE"
    ranges = " ".join(
        f"--{name} {text}" for name, text in search.spec.get("ranges", {}).items()
    )
    return f"manage.py hunt '{search.spec.get('expression', '')}' {ranges}".strip()
