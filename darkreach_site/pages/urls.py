"""The addresses of the public pages; they stay what they are."""

from __future__ import annotations

from django.templatetags.static import static
from django.urls import path, register_converter
from django.views.generic import RedirectView

from darkreach_site.exports import views as exports
from darkreach_site.pages import (
    forms,
    home,
    manual,
    numbers,
    primes,
    searches,
    survivors,
    workings,
)
from darkreach_site.pages.labels import LabelConverter

register_converter(LabelConverter, "label")


class Favicon(RedirectView):
    """Where old browsers look for it."""

    permanent = True

    def get_redirect_url(self, *args: object, **kwargs: object) -> str:
        return static("darkreach/favicon.svg")


urlpatterns = [
    path("", home.home, name="home"),
    path("throughput.csv", home.throughput, name="throughput"),
    path("primes/", primes.primes, name="primes"),
    path("primes/list.csv", primes.primes_csv, name="primes-csv"),
    path("primes/list.json", primes.primes_json, name="primes-json"),
    path("primes/feed.atom", primes.primes_feed, name="primes-feed"),
    path("primes/<label:expression>", primes.prime, name="prime"),
    path(
        "primes/<label:expression>/certificate.json",
        primes.certificate,
        name="certificate",
    ),
    path("primes/<label:expression>/t5k.txt", exports.submission, name="submission"),
    path("candidates/<label:expression>", numbers.candidate, name="candidate"),
    path("forms/", forms.forms, name="forms"),
    path("forms/<slug:word>", forms.form, name="form"),
    path("searches/", searches.searches, name="searches"),
    path("searches/<int:number>", searches.search, name="search"),
    path("searches/<int:number>/funnel.csv", searches.funnel_csv, name="funnel-csv"),
    path(
        "searches/<int:number>/expected.csv", searches.expected_csv, name="expected-csv"
    ),
    path("searches/<int:number>/blocks.csv", searches.blocks_csv, name="blocks-csv"),
    path(
        "searches/<int:number>/survivors.<slug:suffix>",
        survivors.download,
        name="survivors",
    ),
    path("verification/", workings.verification, name="verification"),
    path("fleet/", workings.fleet, name="fleet"),
    path("fleet/speeds.csv", workings.speeds_csv, name="speeds"),
    path("status", workings.status, name="status"),
    path("news", workings.news, name="news"),
    path("news.atom", workings.news_feed, name="news-feed"),
    path("docs/", manual.docs, name="docs"),
    path("docs/<path:word>", manual.page, name="document"),
    path("privacy", manual.page, {"word": "privacy"}, name="privacy"),
    path("security", manual.page, {"word": "security"}, name="security"),
    path("license", home.license_text, name="license"),
    path("robots.txt", home.robots),
    path("favicon.ico", Favicon.as_view()),
]
