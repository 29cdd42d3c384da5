"""The first page, and the small files that browsers and robots ask for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from darkreach_site.home import REPOSITORY
from darkreach_site.pages.selectors import fleet, primes, progress, searches, totals

_ROBOTS = "User-agent: *\nDisallow: /admin/\nDisallow: /health/\n"
_SHOWN = 10


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, and how it goes."""
    context = {
        "totals": totals.totals(),
        "crew": fleet.crew(),
        "primes": primes.newest(_SHOWN),
        "running": progress.standings(searches.running(_SHOWN)),
    }
    return render(request, "pages/home.html", context)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Everything public may be read by machines."""
    return HttpResponse(_ROBOTS, content_type="text/plain; charset=utf-8")


@require_safe
def license_text(request: HttpRequest) -> HttpResponse:
    """The terms under which this program may be used and changed."""
    text = (REPOSITORY / "LICENSE").read_text(encoding="utf-8")
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
