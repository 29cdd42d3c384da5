"""The forms: all of them, one of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from darkreach_site.pages.kept import kept
from darkreach_site.pages.selectors import forms as selector
from darkreach_site.pages.selectors import primes, progress

_SHOWN = 10


@kept(30)
def forms(request: HttpRequest) -> HttpResponse:
    """All forms that are hunted."""
    context = {"section": "forms", "hunts": selector.hunts()}
    return render(request, "pages/forms.html", context)


@kept(30)
def form(request: HttpRequest, word: str) -> HttpResponse:
    """One form: what it is, how it is hunted, what was found."""
    found = selector.one(word)
    context = {
        "section": "forms",
        "form": found,
        "hunt": selector.hunt(found),
        "primes": primes.largest_of(word, _SHOWN),
        "standings": progress.standings(selector.searches(found)),
        "as_of": selector.as_of(),
    }
    return render(request, "pages/form.html", context)
