"""What every request of the API goes through: the limit, the memory, the ETag.

An answer is remembered for a few seconds by each process, so many readers of one list
cost the ledger one query; who has it already gets 304.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from darkreach_site.api import limits
from darkreach_site.api.problems import problem

#: Seconds.
REMEMBERED = 3
#: Larger answers are made each time; longer queries have no meaning.
_LARGEST = 500_000
_LONGEST_QUERY = 4_000

View = Callable[..., HttpResponse]


def door(view: View) -> View:
    """Wraps each view of the API."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        allowance = limits.take(limits.address(request), settings.API_RATE)
        if allowance.spent:
            response = problem(429, f"try again in {allowance.seconds} seconds")
        elif len(request.META.get("QUERY_STRING", "")) > _LONGEST_QUERY:
            response = problem(422, f"a query has at most {_LONGEST_QUERY} characters")
        elif twice := _given_twice(request):
            response = problem(422, f"{twice[:60]} is given more than once")
        else:
            response = _remembered(request, lambda: view(request, *args, **kwargs))
        for name, value in allowance.headers().items():
            response[name] = value
        response["Access-Control-Allow-Origin"] = "*"
        return response

    return answer


def _given_twice(request: HttpRequest) -> str:
    """A parameter with several values; no parameter has a use for them."""
    lists = request.GET.lists()
    return next((str(name) for name, values in lists if len(values) > 1), "")


def _remembered(request: HttpRequest, make: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer of a moment ago, or a new one; 304 if the reader has it."""
    host = request.get_host()
    place = f"{host}\n{request.path}\n{request.META.get('QUERY_STRING', '')}"
    name = "api." + hashlib.sha256(place.encode("utf-8", "replace")).hexdigest()
    kept = cache.get(name)
    if kept is None:
        response = make()
        if response.status_code != 200:
            return response
        etag = quote_etag(hashlib.sha256(response.content).hexdigest()[:32])
        kept = (response.content, etag, response["Content-Type"])
        if len(response.content) <= _LARGEST:
            cache.set(name, kept, REMEMBERED)
    body, etag, kind = kept
    response = HttpResponse(body, content_type=kind)
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={REMEMBERED}"
    found = get_conditional_response(request, etag=etag, response=response)
    assert isinstance(found, HttpResponse)
    return found
