"""The searches: all of them, one of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from darkreach_site.pages import listing
from darkreach_site.pages.selectors import blocks, funnels, primes, progress
from darkreach_site.pages.selectors import searches as selector
from searches.decisions import depth
from searches.funnel import stages

_ROWS = 25
_PRIMES = 50


@require_safe
def searches(request: HttpRequest) -> HttpResponse:
    """All searches, of one state if the address names one."""
    word, state = listing.chosen(request, "state", selector.STATES)
    page = listing.page(request, selector.ordered(state), _ROWS)
    context = {
        "section": "searches",
        "page": page,
        "standings": progress.standings(page.rows),
        "states": list(selector.STATES),
        "state": word,
    }
    return render(request, "pages/searches.html", context)


@require_safe
def search(request: HttpRequest, number: int) -> HttpResponse:
    """One search: its order, its funnel, its blocks, its primes."""
    found = selector.one(number)
    page = listing.page(request, primes.of_search(found), _PRIMES)
    context = {
        "section": "searches",
        "search": found,
        "evidence": selector.EVIDENCE[found.evidence_level],
        "bars": funnels.bars(found),
        "strips": blocks.strips(found),
        "stages": stages(found),
        "depth": depth(found),
        "page": page,
        "primes": primes.with_primes(found, page.rows),
        "command": selector.command(found),
    }
    return render(request, "pages/search.html", context)
