"""Answers that are kept for a moment, with an ETag.

Many readers of one page cost one rendering in a few seconds, and a reader who has the
page already gets three words. The name of a kept answer holds the host, the path and
only those words of the query that the page knows: others can neither fill the memory
nor change what is shown. A kept answer says how old it is (`Age`, RFC 9111): whoever
asks because something has happened sees whether it was made before that.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

View = Callable[..., HttpResponse]

#: Larger answers are made each time.
_LARGEST = 1_000_000


def kept(seconds: int, *words: str) -> Callable[[View], View]:
    """Keep what the view answers; words: the names in a query that it reads."""

    def wrap(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            name = _name(request, words)
            made_at, response = cache.get(name) or (None, None)
            if response is None:
                began = time.time()
                response = _made(view(request, *args, **kwargs), seconds)
                if response.status_code in (200, 301) and _size(response) <= _LARGEST:
                    cache.set(name, (began, response), seconds)
            etag = response.headers.get("ETag")
            told = get_conditional_response(request, etag=etag, response=response)
            if made_at is not None:
                told.headers["Age"] = str(max(1, math.ceil(time.time() - made_at)))
            return told

        return require_safe(answer)

    return wrap


def _name(request: HttpRequest, words: tuple[str, ...]) -> str:
    parts = [request.scheme, request.get_host(), request.path]
    parts += [f"{word}={request.GET[word]}" for word in words if word in request.GET]
    return "kept." + hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _made(response: HttpResponse, seconds: int) -> HttpResponse:
    if response.status_code == 200:
        digest = hashlib.sha256(response.content).hexdigest()[:32]
        response.headers["ETag"] = quote_etag(digest)
    patch_cache_control(response, public=True, max_age=seconds)
    return response


def _size(response: HttpResponse) -> int:
    return len(response.content)
