"""What a browser may load for our pages: nothing but our own files; no script
stands in a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

Handler = Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]

_PUBLIC = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Django's admin brings scripts, in files of its own.
_ADMIN = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def _protect(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    policy = _ADMIN if request.path.startswith("/admin/") else _PUBLIC
    response.headers.setdefault("Content-Security-Policy", policy)
    return response


@sync_and_async_middleware
def content_security_policy(get_response: Handler) -> Handler:
    """Adds the policy to every answer that has none of its own."""
    if iscoroutinefunction(get_response):

        async def answer(request: HttpRequest) -> HttpResponse:
            return _protect(request, await get_response(request))

    else:

        def answer(request: HttpRequest) -> HttpResponse:
            return _protect(request, get_response(request))

    return answer
