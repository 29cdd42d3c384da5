"""The primes: all of them, one of them, its certificate."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import urlencode

from darkreach.forms import number
from darkreach.forms.tags import every_tag
from darkreach_site.pages import listing, tables
from darkreach_site.pages.citations import bibtex
from darkreach_site.pages.kept import kept
from darkreach_site.pages.labels import label
from darkreach_site.pages.selectors import primes as selector
from darkreach_site.pages.selectors.timeline import timeline
from darkreach_site.pages.selectors.totals import totals
from darkreach_site.pages.snippets import Snippet, snippets
from searches.kinds import FORMS
from verification import listed, records
from verification.models import Prime

_ROWS = 50
#: Rows of a file; the next ones are a file of their own.
_FILE_ROWS = 500
#: Decimal expansions up to this many digits are part of the page.
EXPANDED = 5_000
_WORDS = ("form", "tag", "min", "max", "from", "to", "sort", "after", "before")
_HEADER = ("expression", "digits", "form", "certificate", "found", "address")


def wanted(request: HttpRequest) -> selector.Wanted:
    """The filter of the address; 404 for one that makes no sense."""
    forms = {"": None, **{word: word for word in FORMS}}
    tags = {"": None, **{tag: tag for tag in every_tag()}}
    return selector.Wanted(
        form=listing.chosen(request, "form", forms)[1],
        tag=listing.chosen(request, "tag", tags)[1],
        least=listing.whole(request, "min"),
        most=listing.whole(request, "max"),
        since=listing.day(request, "from"),
        until=listing.day(request, "to"),
    )


def _page(request: HttpRequest, size: int) -> tuple[str, listing.Page]:
    sort, keys = listing.chosen(request, "sort", selector.SORTS)
    rows = selector.wanted(wanted(request))
    return sort, listing.page(request, rows, keys, size, _asked(request))


def _asked(request: HttpRequest, *left_out: str) -> dict[str, str]:
    """What the address asks for, the place in the list apart."""
    names = [name for name in _WORDS[:-2] if name not in left_out]
    return {name: request.GET[name] for name in names if request.GET.get(name)}


@kept(10, *_WORDS)
def primes(request: HttpRequest) -> HttpResponse:
    """All primes or those of a filter, the largest or the newest first."""
    sort, page = _page(request, _ROWS)
    context = {
        "section": "primes",
        "page": page,
        "sort": sort,
        "asked": _asked(request),
        "query": urlencode(_asked(request)),
        "unsorted": urlencode(_asked(request, "sort")),
        "filtered": wanted(request).any,
        "forms": FORMS,
        "tags": every_tag(),
        "total": totals().primes,
    }
    return render(request, "pages/primes.html", context)


@kept(60, *_WORDS)
def primes_csv(request: HttpRequest) -> HttpResponse:
    """The same list as a file."""
    _, page = _page(request, _FILE_ROWS)
    rows = [tuple(row.values()) for row in _rows(request, page)]
    response = tables.csv_file("primes", _HEADER, rows)
    return _linked(request, response, page)


@kept(60, *_WORDS)
def primes_json(request: HttpRequest) -> HttpResponse:
    """The same list as an object: the primes, and the address of those after them."""
    _, page = _page(request, _FILE_ROWS)
    rows = [{**row, "found": tables.iso(row["found"])} for row in _rows(request, page)]
    following = request.build_absolute_uri(page.next) if page.next else None
    return _linked(request, JsonResponse({"primes": rows, "next": following}), page)


def _rows(request: HttpRequest, page: listing.Page) -> list[dict[str, Any]]:
    return [
        {
            "expression": each.expression,
            "digits": each.digits,
            "form": each.form,
            "certificate": each.certificate.kind,
            "found": each.found_at,
            "address": request.build_absolute_uri(
                reverse("prime", args=[each.expression])
            ),
        }
        for each in page.rows
    ]


def _linked(
    request: HttpRequest, response: HttpResponse, page: listing.Page
) -> HttpResponse:
    """Where the rest is, for programs (RFC 8288)."""
    if page.next:
        following = request.build_absolute_uri(page.next)
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


@kept(60)
def primes_feed(request: HttpRequest) -> HttpResponse:
    """The newest primes as an Atom feed."""
    feed = Atom1Feed(
        title="darkreach: primes",
        link=request.build_absolute_uri(reverse("primes")),
        description="The newest primes, each with a verified certificate.",
        feed_url=request.build_absolute_uri(),
        author_name="darkreach",
    )
    for each in selector.newest(_ROWS):
        address = request.build_absolute_uri(reverse("prime", args=[each.expression]))
        feed.add_item(
            title=tables.printable(f"{each.expression} is prime"),
            link=address,
            description=f"{each.digits} digits, certificate: {each.certificate.kind}",
            unique_id=address,
            pubdate=each.found_at,
            updateddate=each.found_at,
        )
    return HttpResponse(feed.writeString("utf-8"), content_type=Atom1Feed.content_type)


@kept(60)
def prime(request: HttpRequest, expression: str) -> HttpResponse:
    """One prime with everything that shows it to be one; its canonical label only."""
    found = selector.by_expression(expression)
    if found.expression != expression:
        return redirect("prime", found.expression, permanent=True)
    address = request.build_absolute_uri(reverse("prime", args=[found.expression]))
    context = {
        "section": "primes",
        "prime": found,
        "families": selector.families(found),
        "standing": listed.standing(found),
        "opinions": selector.opinions(found),
        "record": records.is_potential(found),
        "expansion": _expansion(found),
        "timeline": timeline(found),
        "snippets": _snippets(request, found),
        "bibtex": bibtex(found, address),
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


@kept(60)
def certificate(request: HttpRequest, expression: str) -> HttpResponse:
    """The certificate as a file, for `darkreach verify`."""
    found = selector.by_expression(expression)
    if found.expression != expression:
        return redirect("certificate", found.expression, permanent=True)
    response = JsonResponse(selector.certificate_data(found))
    name = f"{label(found.expression)[:100]}.certificate.json".replace(":", "over")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
