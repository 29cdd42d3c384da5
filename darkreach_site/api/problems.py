"""Errors as RFC 9457 has them: application/problem+json with stable codes."""

from __future__ import annotations

import json
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from darkreach_site.outage import RETRY_AFTER, culprit

#: Every `code` there is; they stay what they are.
TITLES = {
    404: ("not-found", "There is no such thing"),
    405: ("not-allowed", "This address is only read"),
    413: ("too-large", "The request is too large"),
    422: ("invalid", "The request cannot be understood"),
    429: ("too-many-requests", "Too many requests"),
    500: ("failed", "Something failed here"),
    503: ("unavailable", "A part of the platform does not answer"),
}


def problem(status: int, detail: str, **more: Any) -> HttpResponse:
    """The answer to a request that went wrong."""
    code, title = TITLES[status]
    body = {
        "type": "/docs/api#errors",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        **more,
    }
    response = HttpResponse(
        json.dumps(body), status=status, content_type="application/problem+json"
    )
    response["Cache-Control"] = "no-store"
    return response


def install(api: NinjaAPI) -> None:
    """Let every error of the API become a problem."""
    api.add_exception_handler(Http404, _not_found)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(HttpError, _other)
    api.add_exception_handler(OperationalError, _away)
    api.add_exception_handler(InterfaceError, _away)


def _not_found(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(404, str(error) or "not found")


def _invalid(request: HttpRequest, error: Any) -> HttpResponse:
    wrong = [
        {"where": ".".join(map(str, each["loc"][1:])), "why": each["msg"]}
        for each in error.errors
    ]
    detail = "; ".join(f"{each['where']}: {each['why']}" for each in wrong)
    return problem(422, detail[:1000], errors=wrong)


def _other(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(error.status_code, str(error))


def _away(request: HttpRequest, error: Exception) -> HttpResponse:
    response = problem(503, f"the {culprit(error)} does not answer at the moment")
    response["Retry-After"] = str(RETRY_AFTER)
    return response
