"""One number and everything known about it, whatever it turned out to be."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from darkreach_site.pages.kept import kept
from darkreach_site.pages.selectors import candidates as selector


@kept(5)
def candidate(request: HttpRequest, expression: str) -> HttpResponse:
    """The page of a number, prime or not."""
    found = selector.known(expression)
    context = {"section": "searches", "known": found}
    return render(request, "pages/candidate.html", context)
