"""Downloads: the files of the last night, and the text to submit one prime."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from asgiref.sync import sync_to_async
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.views.decorators.http import require_safe

from darkreach_site.exports import nightly, primes
from darkreach_site.pages.kept import kept
from darkreach_site.pages.selectors.primes import by_expression

_PIECE = 1 << 18
_OF_SEARCH = re.compile(r"[a-z]+-(\d+)\.txt").fullmatch
_SHOWN = 100
_KINDS = {
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
    ".gz": "application/gzip",
}


@kept(60)
def index(request: HttpRequest) -> HttpResponse:
    """What can be downloaded, how large it is, and its sum. Of the files that each
    search has, those of the newest searches."""
    place = nightly.current()
    files = nightly.listing()
    numbered = [(int(found[1]), row) for row in files if (found := _OF_SEARCH(row[0]))]
    numbered.sort(key=lambda each: each[0], reverse=True)
    context = {
        "made": datetime.fromtimestamp(place.stat().st_mtime, UTC) if place else None,
        "files": [row for row in files if not _OF_SEARCH(row[0])],
        "of_searches": [row for _, row in numbered[:_SHOWN]],
        "more": max(0, len(numbered) - _SHOWN),
        "sums": nightly.SUMS,
    }
    return render(request, "pages/exports.html", context)


@require_safe
def download(request: HttpRequest, name: str) -> HttpResponseBase:
    """One file; only names that the listing has are looked for."""
    place = nightly.current()
    known = {nightly.SUMS, *(each for each, _, _ in nightly.listing())}
    if place is None or name not in known:
        raise Http404("no such file")
    path = place / name
    kind = _KINDS.get(path.suffix, "application/octet-stream")
    if name == nightly.SUMS:
        kind = _KINDS[".txt"]
    headers = {
        "Content-Length": str(path.stat().st_size),
        "Content-Disposition": f'attachment; filename="{path.name}"',
        "Cache-Control": "public, max-age=600",
    }
    if request.method == "HEAD":
        return HttpResponse(content_type=kind, headers=headers)
    return StreamingHttpResponse(_pieces(path), content_type=kind, headers=headers)


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    """Read in threads: however large it is, a quarter of a megabyte is in memory."""

    def read(file: BinaryIO) -> bytes:
        return file.read(_PIECE)

    with path.open("rb") as file:
        while piece := await sync_to_async(read, thread_sensitive=False)(file):
            yield piece


@require_safe
def submission(request: HttpRequest, expression: str) -> HttpResponse:
    """The text that is pasted into the form of t5k.org."""
    text = primes.submission(by_expression(expression))
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
