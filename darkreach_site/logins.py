"""How often anybody may try to log in: counted by address and by name, in the bell.

Counted before the password is looked at, so that it does not matter whether the name
exists or the password is right; a name is counted for all addresses together, so that
many hosts guess no faster than a few. While the bell is away each process counts by
itself (`api.limits`).
"""

from __future__ import annotations

import hashlib

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from darkreach_site.api import limits

#: Attempts in a minute.
OF_ADDRESS = 10
OF_NAME = 30


def login(request: HttpRequest) -> HttpResponseBase:
    """The operators' login, or 429 and when to come back."""
    if request.method == "POST":
        seconds = _rest(request)
        if seconds:
            return HttpResponse(
                f"Too many attempts to log in. Try again in {seconds} seconds.\n",
                status=429,
                content_type="text/plain; charset=utf-8",
                headers={"Retry-After": str(seconds), "Cache-Control": "no-store"},
            )
    return admin.site.login(request)


def _rest(request: HttpRequest) -> int:
    """Seconds until the next attempt may be made; 0: now."""
    name = request.POST.get("username", "").casefold().encode("utf-8", "replace")
    digest = hashlib.sha256(name).hexdigest()[:32]
    counts = (
        limits.take(f"login:{limits.address(request)}", OF_ADDRESS),
        limits.take(f"login-name:{digest}", OF_NAME),
    )
    return max((each.seconds for each in counts if each.spent), default=0)
