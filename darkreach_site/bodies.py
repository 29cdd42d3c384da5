"""No request has a body larger than anybody needs: it is refused before it is read.

Django keeps a body in a temporary file until a view asks for it, so this stands in
front of Django.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

#: Bytes.
LARGEST = 10_000_000
_ANSWER = {
    "type": "/docs/api#errors",
    "title": "The request is too large",
    "status": 413,
    "code": "too-large",
    "detail": f"a request has at most {LARGEST} bytes",
}


class _TooLarge(Exception):
    pass


def limited(app: App, largest: int = LARGEST) -> App:
    """The application behind a limit of its requests' bodies."""

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        if _announced(scope) > largest:
            await _refuse(send)
            return
        seen, started = 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > largest:
                raise _TooLarge
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await app(scope, counted, noted)
        except _TooLarge:
            if not started:
                await _refuse(send)

    return answer


def _announced(scope: Message) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


async def _refuse(send: Send) -> None:
    body = json.dumps(_ANSWER).encode("ascii")
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode("ascii")),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
