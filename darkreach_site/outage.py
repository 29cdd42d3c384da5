"""The answer when ledger or bell is away: 503, which one, when to come back."""

from __future__ import annotations

import sys

import kombu.exceptions
import redis
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error

#: Seconds after which a client may try again.
RETRY_AFTER = 5


def culprit(error: BaseException | None) -> str | None:
    """The part of the platform that an exception accuses, or None."""
    if isinstance(error, OperationalError | InterfaceError):
        return "database"
    away = (
        redis.ConnectionError,
        redis.TimeoutError,
        kombu.exceptions.OperationalError,
    )
    return "bell" if isinstance(error, away) else None


def error_page(request: HttpRequest) -> HttpResponse:
    """handler500: an outage is named and answered with 503, anything else with 500."""
    name = culprit(sys.exc_info()[1])
    if name is None:
        return server_error(request)
    return HttpResponse(
        f"The {name} does not answer at the moment. Nothing is lost; please try again "
        f"in {RETRY_AFTER} seconds.\n",
        status=503,
        content_type="text/plain; charset=utf-8",
        headers={"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"},
    )
