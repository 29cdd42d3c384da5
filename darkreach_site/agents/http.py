"""The server behind HTTP: limits per address, names of hosts, wrong tokens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse

from darkreach_site.agents import tokens
from darkreach_site.agents.server import make
from darkreach_site.api import limits

PATH = "/mcp"
#: Bytes of a request.
LARGEST = 1_000_000

Message = MutableMapping[str, Any]
App = Callable[[Message, Any, Any], Awaitable[None]]


def application() -> App:
    """An ASGI application with the server at /mcp. Requests stand by themselves, so
    there may be any number of copies."""
    served = make().streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        max_request_body_size=LARGEST,
        transport_security=_hosts(),
    )
    return guarded(served)


def _hosts() -> TransportSecuritySettings:
    """Those of the site, at any port: nobody else's page may talk to this server."""
    names = [name.removeprefix(".") for name in settings.ALLOWED_HOSTS]
    hosts = [*names, *(f"{name}:*" for name in names)]
    origins = [f"{scheme}://{host}" for scheme in ("http", "https") for host in hosts]
    return TransportSecuritySettings(
        enable_dns_rebinding_protection="*" not in names,
        allowed_hosts=hosts,
        allowed_origins=origins,
    )


def guarded(app: Starlette) -> App:
    """Count who asks, and refuse a token that is not good before anything else."""

    async def answer(scope: Message, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        refusal = await asyncio.to_thread(_refusal, Request(scope))
        await (refusal or app)(scope, receive, send)

    return answer


def _refusal(request: Request) -> JSONResponse | None:
    """Runs in a thread: it asks the bell, and the ledger when a token is shown."""
    if request.method == "GET" and request.url.path == PATH:
        # A stream for what the server says unasked, and it says nothing unasked.
        return JSONResponse({"error": "only POST"}, 405, {"Allow": "POST"})
    allowance = limits.take(_address(request), settings.API_RATE)
    if allowance.spent:
        return JSONResponse({"error": "too many requests"}, 429, allowance.headers())
    shown = request.headers.get("Authorization")
    if shown is None:
        return None
    kind, _, token = shown.partition(" ")
    try:
        if kind.lower() == "bearer" and tokens.holder(token.strip()):
            return None
    except (OperationalError, InterfaceError):
        headers = {"Retry-After": "5"}
        return JSONResponse({"error": "the ledger does not answer"}, 503, headers)
    finally:
        connection.close()
    refused = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return JSONResponse({"error": "this token is not good"}, 401, refused)


def _address(request: Request) -> str:
    there = request.client.host if request.client else ""
    return limits.address_of(there, request.headers.get("X-Forwarded-For"))
