"""The searches: all of them, one of them, its figures and files."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from darkreach_site.pages import charts, listing, survivors, tables
from darkreach_site.pages.kept import kept
from darkreach_site.pages.selectors import (
    blocks,
    expectation,
    funnels,
    pace,
    primes,
    progress,
)
from darkreach_site.pages.selectors import searches as selector
from searches.decisions import depth
from searches.kinds import FORMS
from searches.models import Search

_ROWS = 25
_PRIMES = 50


@kept(2, "state", "form", "after", "before")
def searches(request: HttpRequest) -> HttpResponse:
    """All searches, of one state and form if the address names them."""
    word, state = listing.chosen(request, "state", selector.STATES)
    forms = {"": None, **{name: name for name in FORMS}}
    name, form = listing.chosen(request, "form", forms)
    kept_words = {"state": word, **({"form": name} if name else {})}
    rows = selector.listed(state, form)
    page = listing.page(request, rows, ("-id",), _ROWS, kept_words)
    context = {
        "section": "searches",
        "page": page,
        "standings": progress.standings(page.rows),
        "states": list(selector.STATES),
        "state": word,
        "form": name,
        "form_query": urlencode({"form": name}) if name else "",
    }
    return render(request, "pages/searches.html", context)


@kept(2, "after", "before")
def search(request: HttpRequest, number: int) -> HttpResponse:
    """One search: its order, its funnel, its blocks, its primes."""
    found = selector.one(number)
    figure = selector.figure(found)
    hidden = selector.hidden(found)
    rows = expectation.rows(figure, hidden)
    page = listing.page(request, primes.of_search(found), ("bits", "id"), _PRIMES)
    context = {
        "section": "searches",
        "search": found,
        "figure": figure,
        "evidence": selector.EVIDENCE[found.evidence_level],
        "levels": selector.levels(figure),
        "bars": funnels.bars(figure, hidden),
        "strips": blocks.strips(figure),
        "stages": figure.data.get("stages", {}),
        "expected": rows[-1] if rows else None,
        "chart": _chart(rows),
        "pace": pace.pace(figure),
        "edge": selector.edge(found),
        "depth": depth(found),
        "page": page,
        "primes": primes.with_primes(found, page.rows),
        "command": selector.command(found),
        "downloads": survivors.offered(found),
    }
    return render(request, "pages/search.html", context)


def _chart(rows: list[expectation.Row]) -> charts.Curves | None:
    """None where all numbers are of about one size: there is nothing to draw."""
    if len(rows) < 3 or not rows[-1].tested:
        return None
    least = rows[0].digits
    # From the origin: below the smallest numbers nothing is expected or found.
    return charts.curves(
        [0, *(row.digits for row in rows)],
        [0, *(row.low for row in rows)],
        [0, *(row.expected for row in rows)],
        [0, *(row.high for row in rows)],
        [0, *(row.found for row in rows)],
        ["0 digits", f"{rows[-1].digits} digits"] if least else [],
    )


@kept(10)
def funnel_csv(request: HttpRequest, number: int) -> HttpResponse:
    """The numbers of the funnel."""
    found = selector.one(number)
    bars = funnels.bars(selector.figure(found), selector.hidden(found))
    rows = [(bar.title, bar.count, round(bar.share, 6)) for bar in bars]
    return _file(found, "funnel", ("outcome", "numbers", "share"), rows)


@kept(10)
def expected_csv(request: HttpRequest, number: int) -> HttpResponse:
    """The numbers of the chart of expected primes."""
    found = selector.one(number)
    rows = expectation.rows(selector.figure(found), selector.hidden(found))
    header = ("digits", "left", "tested", "expected", "low", "high", "found")
    lines = [
        (r.digits, r.left, r.tested, round(r.expected, 4), r.low, r.high, r.found)
        for r in rows
    ]
    return _file(found, "expected", header, lines)


@kept(10)
def blocks_csv(request: HttpRequest, number: int) -> HttpResponse:
    """The numbers of the strips."""
    found = selector.one(number)
    header = ("stage", "first block", "last block", "done", "states")
    rows = [
        (strip.stage, cell.first, cell.last, round(cell.done, 3), cell.words)
        for strip in blocks.strips(selector.figure(found))
        for cell in strip.cells
    ]
    return _file(found, "blocks", header, rows)


def _file(found: Search, name: str, header: Any, rows: Any) -> HttpResponse:
    if not rows:
        raise Http404("nothing was counted yet")
    return tables.csv_file(f"search-{found.pk}-{name}", header, rows)
