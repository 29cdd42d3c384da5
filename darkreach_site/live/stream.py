"""/api/v1/events/stream: server-sent events, replayed from where the reader stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from darkreach_site.api.problems import problem
from darkreach_site.live import hub as hubs
from darkreach_site.live import ledger
from darkreach_site.live.frames import HELLO, PING, frame, lost
from darkreach_site.live.hub import Hub, hub
from darkreach_site.live.reader import Reader

#: Seconds between two pings.
PING_EVERY = 15.0
#: Events that are replayed to one reader; older ones are in the API.
MOST_REPLAYED = 5000
_LARGEST = 2**63 - 1


@require_safe
async def stream(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Events as they are published. `Last-Event-ID` or `?after=` says which one the
    reader has seen last, `?search=` follows one search."""
    try:
        seen = _number(
            request.headers.get("Last-Event-ID") or request.GET.get("after", "")
        )
        search = _number(request.GET.get("search", ""))
    except ValueError as error:
        return problem(422, str(error))
    if request.method == "HEAD":
        return HttpResponse(content_type="text/event-stream")
    here = hub()
    if len(here.readers) >= hubs.MOST_READERS:
        return _busy("too many follow events here")
    reader = Reader(search)
    try:
        last = await here.join(reader)
    except TimeoutError:
        return _busy("the database does not answer at the moment")
    response = StreamingHttpResponse(
        _events(here, reader, seen, last), content_type="text/event-stream"
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def _busy(reason: str) -> HttpResponse:
    response = problem(503, reason)
    response["Retry-After"] = "5"
    return response


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise ValueError("after, search and Last-Event-ID are whole numbers")
    number = int(text)
    if number > _LARGEST:
        raise ValueError("the number is too large")
    return number


async def _events(
    here: Hub, reader: Reader, seen: int | None, last: int
) -> AsyncIterator[bytes]:
    """Replay up to `last`, then what the hub brings; each number once."""
    try:
        yield HELLO
        if seen is not None:
            async for text in _replay(here, reader.search, seen, last):
                yield text
        while True:
            # The hub began with `last` + 1: nothing here was part of the replay.
            entries = await reader.take(PING_EVERY)
            yield b"".join(text for _, text in entries) or PING
    finally:
        here.leave(reader)


async def _replay(
    here: Hub, search: int | None, seen: int, last: int
) -> AsyncIterator[bytes]:
    if seen > last:  # a ledger that starts anew, or an invention
        yield lost(0, last)
        return
    if last - seen > MOST_REPLAYED:
        yield lost(seen + 1, last - MOST_REPLAYED)
        seen = last - MOST_REPLAYED
    recent = list(here.recent)
    if recent and recent[0]["sequence"] <= seen + 1:
        wanted = [
            frame(event)
            for event in recent
            if seen < event["sequence"] <= last and search in (None, event["search"])
        ]
        if wanted:
            yield b"".join(wanted)
        return
    while seen < last:
        try:
            events = await ledger.after(seen, search, last)
        except (DatabaseError, InterfaceError):
            yield lost(seen + 1, last)
            return
        if events:
            yield b"".join(frame(event) for event in events)
        if len(events) < ledger.BATCH:
            return
        seen = events[-1]["sequence"]
