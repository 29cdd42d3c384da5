"""The addresses of the public pages; they stay what they are."""

from __future__ import annotations

from django.templatetags.static import static
from django.urls import path, register_converter
from django.views.generic import RedirectView

from darkreach_site.pages import home, primes, searches
from darkreach_site.pages.labels import LabelConverter

register_converter(LabelConverter, "label")


class Favicon(RedirectView):
    """Where old browsers look for it."""

    permanent = True

    def get_redirect_url(self, *args: object, **kwargs: object) -> str:
        return static("darkreach/favicon.svg")


urlpatterns = [
    path("", home.home, name="home"),
    path("primes/", primes.primes, name="primes"),
    path("primes/<label:expression>", primes.prime, name="prime"),
    path(
        "primes/<label:expression>/certificate.json",
        primes.certificate,
        name="certificate",
    ),
    path("searches/", searches.searches, name="searches"),
    path("searches/<int:number>", searches.search, name="search"),
    path("license", home.license_text, name="license"),
    path("robots.txt", home.robots),
    path("favicon.ico", Favicon.as_view()),
]
