"""What a search has left, as a file for other programs.

However many numbers there are, only some thousand are in memory: they go out as they
are read, in the thread of the request, which has the connection to the ledger.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator
from itertools import islice

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from darkreach.errors import OrderError
from darkreach.files import sieve_files
from darkreach.order import Order
from darkreach_site.pages.selectors import searches as selector
from searches.models import Search
from searches.sieve_files import reached, survivors
from searches.work import order_of

#: Formats whose first line is the header and all others numbers.
FORMATS = {"abc": "ABC", "npg": "NewPGen"}
_AT_ONCE = 20_000


def offered(search: Search) -> dict[str, str]:
    """The formats in which a search can be had now, and their names."""
    try:
        reached(search)
    except OrderError:
        return {}
    order = order_of(search)
    return {each: name for each, name in FORMATS.items() if _can_say(each, order)}


def _can_say(suffix: str, order: Order) -> bool:
    try:
        sieve_files.writer(suffix)(io.StringIO(), order, [], 0)
    except OrderError:
        return False
    return True


@require_safe
def download(request: HttpRequest, number: int, suffix: str) -> HttpResponseBase:
    """The file; 404 while the first pass is not finished, or for a form that the
    format cannot say."""
    if suffix not in FORMATS:
        raise Http404("no such format")
    found = selector.one(number)
    try:
        pieces = _pieces(found, suffix)
        first = next(pieces)
    except OrderError as error:
        raise Http404(str(error)) from None
    response = StreamingHttpResponse(
        _sent(first, pieces), content_type="text/plain; charset=us-ascii"
    )
    name = f"search-{found.pk}.{suffix}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _pieces(search: Search, suffix: str) -> Iterator[str]:
    write = sieve_files.writer(suffix)
    order, depth = order_of(search), reached(search)
    positions = survivors(search)
    some = list(islice(positions, _AT_ONCE))
    yield _written(write, order, some, depth)
    while some := list(islice(positions, _AT_ONCE)):
        yield _written(write, order, some, depth).partition("\n")[2]


def _written(write: sieve_files.Writer, order: Order, some: list[int], p: int) -> str:
    out = io.StringIO()
    write(out, order, some, p)
    return out.getvalue()


async def _sent(first: str, pieces: Iterator[str]) -> AsyncIterator[bytes]:
    yield first.encode("ascii")
    while (piece := await sync_to_async(next)(pieces, None)) is not None:
        yield piece.encode("ascii")
