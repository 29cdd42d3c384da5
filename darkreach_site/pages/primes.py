"""The primes: all of them, one of them, its certificate."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from darkreach.forms import number
from darkreach_site.pages import listing
from darkreach_site.pages.labels import label
from darkreach_site.pages.selectors import primes as selector
from darkreach_site.pages.selectors.timeline import timeline
from darkreach_site.pages.selectors.totals import totals
from darkreach_site.pages.snippets import Snippet, snippets
from verification.models import Prime

_ROWS = 50
#: Decimal expansions up to this many digits are part of the page.
EXPANDED = 5_000


@require_safe
def primes(request: HttpRequest) -> HttpResponse:
    """All primes, the largest or the newest first."""
    sort, order = listing.chosen(request, "sort", selector.SORTS)
    context = {
        "section": "primes",
        "page": listing.page(request, selector.ordered(order), _ROWS),
        "sort": sort,
        "total": totals().primes,
    }
    return render(request, "pages/primes.html", context)


@require_safe
def prime(request: HttpRequest, expression: str) -> HttpResponse:
    """One prime with everything that shows it to be one; its canonical label only."""
    found = selector.by_expression(expression)
    if found.expression != expression:
        return redirect("prime", found.expression, permanent=True)
    context = {
        "section": "primes",
        "prime": found,
        "families": selector.families(found),
        "expansion": _expansion(found),
        "timeline": timeline(found),
        "snippets": _snippets(request, found),
    }
    return render(request, "pages/prime.html", context)


def _expansion(found: Prime) -> str:
    """Its decimal digits, or nothing if they are too many for a page."""
    if found.digits > EXPANDED:
        return ""
    return number(found.expression).value().digits(10)


def _snippets(request: HttpRequest, found: Prime) -> list[Snippet]:
    download = request.build_absolute_uri(
        reverse("certificate", args=[found.expression])
    )
    return snippets(
        number(found.expression),
        found.digits,
        found.certificate.kind,
        selector.witness(found),
        download,
    )


@require_safe
def certificate(request: HttpRequest, expression: str) -> HttpResponse:
    """The certificate as a file, for `darkreach verify`."""
    found = selector.by_expression(expression)
    if found.expression != expression:
        return redirect("certificate", found.expression, permanent=True)
    response = JsonResponse(selector.certificate_data(found))
    name = f"{label(found.expression)[:100]}.certificate.json".replace(":", "over")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
