"""The site as an ASGI application, for uvicorn or any other server."""

from __future__ import annotations

import os

# Before the settings load: a process that answers requests has little patience.
os.environ["DARKREACH_ROLE"] = "web"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "darkreach_site.settings")

import django
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from darkreach_site.bodies import limited
from darkreach_site.front import Front


class Site(ASGIHandler):
    """Answers a request in one thread, from the first middleware to the last.

    Django would go to a thread and back for each middleware, which costs five times
    what a kept page costs. Only what waits for others, or reads files as it sends
    them, stays in the event loop.
    """

    _IN_THE_LOOP = ("/api/v1/events/stream", f"/{settings.STATIC_URL.strip('/')}/")

    def __init__(self) -> None:
        super().__init__()
        pages = BaseHandler()
        pages.load_middleware()
        self._answer = sync_to_async(pages.get_response, thread_sensitive=True)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(self._IN_THE_LOOP):
            return await super().get_response_async(request)
        return await self._answer(request)


django.setup(set_prefix=False)
application = limited(Front(Site()))

if not settings.LEDGER_IS_SQLITE:
    from darkreach_site import patience

    patience.limit_waits(settings.WEB_PATIENCE)
