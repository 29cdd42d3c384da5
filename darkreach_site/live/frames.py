"""How events look on the wire: server-sent events, as the HTML standard has them."""

from __future__ import annotations

import json
from typing import Any

#: A comment, so that proxies and browsers see that the line is alive.
PING = b": ping\n\n"
#: After how many milliseconds a browser tries again, sent first.
HELLO = b"retry: 2000\n\n"


def frame(event: dict[str, Any]) -> bytes:
    """A published event; what is not numbered has no id and is not replayed.

    Its kind is part of the data: a browser's `onmessage` gets all kinds.
    """
    sequence = event["sequence"]
    name = "" if sequence is None else f"id: {sequence}\n"
    return f"{name}data: {json.dumps(event)}\n\n".encode("ascii")


def lost(first: int, last: int) -> bytes:
    """The reader was too slow, or too long away: these are in the API only."""
    data = json.dumps({"first": first, "last": last})
    return f"event: lost\ndata: {data}\n\n".encode("ascii")
