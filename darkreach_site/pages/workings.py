"""How the platform works at the moment: fleet, evidence, state, news."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed

from darkreach_site.pages import tables
from darkreach_site.pages.home import throughput_chart
from darkreach_site.pages.kept import kept
from darkreach_site.pages.selectors import evidence as evidences
from darkreach_site.pages.selectors import fleet as fleets
from darkreach_site.pages.selectors import news as happenings
from darkreach_site.pages.selectors import status as states
from darkreach_site.pages.selectors import totals


@kept(5)
def fleet(request: HttpRequest) -> HttpResponse:
    """Who computes, what, and how fast."""
    context = {
        "section": "fleet",
        "crew": fleets.crew(),
        "leases": fleets.leases(),
        "speeds": fleets.speeds(),
        "chart": throughput_chart(totals.hours()),
    }
    return render(request, "pages/fleet.html", context)


@kept(60)
def speeds_csv(request: HttpRequest) -> HttpResponse:
    """The table of speeds as a file."""
    header = (
        "stage",
        "form",
        "hardware",
        "digits",
        "seconds per number",
        "measurements",
    )
    rows = [
        (one.stage, one.form, one.hardware_class, one.digits, one.seconds, one.samples)
        for one in fleets.speeds()
    ]
    return tables.csv_file("speeds", header, rows)


@kept(10)
def verification(request: HttpRequest) -> HttpResponse:
    """How good the results are."""
    context = {"section": "verification", "evidence": evidences.evidence()}
    return render(request, "pages/verification.html", context)


@kept(2)
def status(request: HttpRequest) -> HttpResponse:
    """Does everything do its work."""
    context = {"status": states.status(), "crew": fleets.crew()}
    return render(request, "pages/status.html", context)


@kept(10)
def news(request: HttpRequest) -> HttpResponse:
    """What happened lately."""
    return render(request, "pages/news.html", {"items": happenings.items()})


@kept(60)
def news_feed(request: HttpRequest) -> HttpResponse:
    """The same as an Atom feed."""
    feed = Atom1Feed(
        title="darkreach: news",
        link=request.build_absolute_uri(reverse("news")),
        description="Searches and primes of darkreach.",
        feed_url=request.build_absolute_uri(),
        author_name="darkreach",
    )
    for item in happenings.items():
        address = request.build_absolute_uri(item.address)
        feed.add_item(
            title=tables.printable(f"{item.kind}: {item.title}"),
            link=address,
            description=tables.printable(item.title),
            unique_id=f"{address}#{item.kind.replace(' ', '-')}",
            pubdate=item.when,
            updateddate=item.when,
        )
    return HttpResponse(feed.writeString("utf-8"), content_type=Atom1Feed.content_type)
