"""The first page, and the small files that browsers and robots ask for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from darkreach_site.home import REPOSITORY
from darkreach_site.pages import charts, tables
from darkreach_site.pages.kept import kept
from darkreach_site.pages.selectors import fleet, primes, progress, searches, totals

_ROBOTS = "User-agent: *\nDisallow: /admin/\nDisallow: /health/\n"
_SHOWN = 10


@kept(2)
def home(request: HttpRequest) -> HttpResponse:
    """What this is, and how it goes."""
    hours = totals.hours()
    context = {
        "totals": totals.totals(),
        "crew": fleet.crew(),
        "primes": primes.newest(_SHOWN),
        "running": progress.standings(searches.running(_SHOWN)),
        "last_hour": hours[-1] if hours else None,
        "tests": sum(hour.tests for hour in hours),
        "chart": throughput_chart(hours),
    }
    return render(request, "pages/home.html", context)


def throughput_chart(hours: list[totals.Done]) -> charts.Bars | None:
    """Tests per hour; None before there are two hours."""
    if len(hours) < 2:
        return None
    return charts.bars(
        [hour.tests for hour in hours],
        [f"{tables.iso(hour.start)}: {hour.tests} tests" for hour in hours],
        [hours[0].start.strftime("%Y-%m-%d"), hours[-1].start.strftime("%Y-%m-%d")],
    )


@kept(60)
def throughput(request: HttpRequest) -> HttpResponse:
    """The numbers of the chart."""
    rows = [
        (hour.start, hour.tests, hour.settled, hour.primes, hour.workers)
        for hour in totals.hours()
    ]
    header = ("hour", "tests", "settled", "primes", "workers")
    return tables.csv_file("throughput", header, rows)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Everything public may be read by machines."""
    return HttpResponse(_ROBOTS, content_type="text/plain; charset=utf-8")


@require_safe
def license_text(request: HttpRequest) -> HttpResponse:
    """The terms under which this program may be used and changed."""
    text = (REPOSITORY / "LICENSE").read_text(encoding="utf-8")
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
