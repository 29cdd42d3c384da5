"""What is kept in front of Django is what Django answered, and to the right asker."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from darkreach_site import front
from darkreach_site.bodies import Message, Receive, Send

PUBLIC = {"cache-control": "public, max-age=10", "etag": '"one"', "x-own": "1"}


@dataclass
class Behind:
    """An application that counts, and says what it is told to."""

    headers: Mapping[str, str] = field(default_factory=lambda: dict(PUBLIC))
    body: bytes = b"page"
    status: int = 200
    asked: int = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        self.asked += 1
        headers = [(n.encode(), v.encode()) for n, v in self.headers.items()]
        start = {"type": "http.response.start", "status": self.status}
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


class Asker:
    """Asks a front with a clock of its own."""

    def __init__(self, behind: Behind) -> None:
        self.behind = behind
        self.now = 100.0
        self.front = front.Front(behind, lambda: self.now)

    def get(
        self, place: str = "/", method: str = "GET", **headers: str
    ) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.front)
            async with httpx.AsyncClient(transport=transport) as client:
                address = place if "://" in place else f"http://here{place}"
                named = {n.replace("_", "-"): v for n, v in headers.items()}
                return await client.request(method, address, headers=named)

        return asyncio.run(ask())


@pytest.fixture
def asker() -> Asker:
    return Asker(Behind())


def test_the_second_reader_gets_the_same_and_its_age(asker: Asker) -> None:
    first = asker.get()
    asker.now += 2.5
    second = asker.get()
    assert asker.behind.asked == 1
    assert second.content == first.content == b"page"
    assert dict(second.headers) == {**first.headers, "age": "3"}
    asker.now += 7.5
    assert "age" not in asker.get().headers
    assert asker.behind.asked == 2


def test_the_age_that_an_answer_has_already_counts(asker: Asker) -> None:
    asker.behind.headers = {**PUBLIC, "age": "8"}
    asker.get()
    asker.now += 1
    assert asker.get().headers["age"] == "9"
    asker.now += 1
    asker.get()
    assert asker.behind.asked == 2


@pytest.mark.parametrize("told", ['"one"', 'W/"one"', '"two", "one"', "*"])
def test_who_has_it_is_told_so(asker: Asker, told: str) -> None:
    asker.behind.headers = {**PUBLIC, "content-type": "text/html"}
    asker.get()
    answer = asker.get(if_none_match=told)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == '"one"' and answer.headers["x-own"] == "1"
    assert "content-type" not in answer.headers
    assert asker.get(if_none_match='"two"').status_code == 200
    assert asker.behind.asked == 1


def test_head_is_answered_without_a_body_and_never_kept(asker: Asker) -> None:
    asker.get(method="HEAD")
    asker.get()
    assert asker.get(method="HEAD").content == b""
    assert asker.get().content == b"page"
    assert asker.behind.asked == 2


def test_a_reload_goes_through_and_renews(asker: Asker) -> None:
    asker.get()
    asker.behind.body = b"newer"
    assert asker.get(cache_control="max-age=0").content == b"newer"
    assert asker.get().content == b"newer"
    assert asker.behind.asked == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"cache-control": "private, max-age=10"},
        {"cache-control": "public, max-age=10, must-revalidate"},
        {"cache-control": "no-store"},
        {"set-cookie": "a=b"},
        {"vary": "Cookie"},
        {"etag": ""},
    ],
    ids=str,
)
def test_what_is_not_for_everybody_is_not_kept(
    asker: Asker, headers: dict[str, str]
) -> None:
    asker.behind.headers = {**PUBLIC, **headers}
    asker.get()
    asker.get()
    assert asker.behind.asked == 2


@pytest.mark.parametrize(
    ("place", "method", "status", "body"),
    [
        ("/api/v1/primes", "GET", 200, b""),
        ("/admin/", "GET", 200, b""),
        ("/static/x.css", "GET", 200, b""),
        ("/", "POST", 200, b""),
        ("/", "GET", 404, b""),
        ("/", "GET", 304, b""),
        ("/?" + "x" * 2000, "GET", 200, b""),
        ("/", "GET", 200, b"x" * (front.LARGEST + 1)),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_page_is_not_kept(
    asker: Asker, place: str, method: str, status: int, body: bytes
) -> None:
    asker.behind.status, asker.behind.body = status, body
    asker.get(place, method)
    asker.get(place, method)
    assert asker.behind.asked == 2


def test_hosts_schemes_and_queries_are_told_apart(asker: Asker) -> None:
    places = ["http://a/", "http://b/", "https://a/", "http://a/?x=1", "http://a/x"]
    for count, place in enumerate(places, 1):
        asker.get(place)
        assert asker.behind.asked == count
    asker.get("http://a/", x_forwarded_proto="https")
    assert asker.behind.asked == len(places) + 1


def test_nobody_makes_the_page_of_another_host(asker: Asker) -> None:
    async def ask(*headers: tuple[bytes, bytes]) -> None:
        scope = {"type": "http", "method": "GET", "scheme": "http", "raw_path": b"/"}
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        asked = {**scope, "query_string": b"", "headers": list(headers)}
        await asker.front(asked, send, send)  # type: ignore[arg-type]

    # The words of one header in another one, an old request without a host.
    for headers in (
        [(b"x-forwarded-proto", b"a")],
        [(b"host", b"a")],
        [(b"host", b"a"), (b"host", b"b")],
        [(b"host", b"a"), (b"x-forwarded-proto", b"b")],
        [],
    ):
        asyncio.run(ask(*headers))
    assert asker.behind.asked == 5


@pytest.mark.parametrize(("most", "many_bytes"), [(20, 10**9), (10**9, 20_000)])
def test_memory_is_bounded_and_what_is_read_stays(
    asker: Asker, monkeypatch: pytest.MonkeyPatch, most: int, many_bytes: int
) -> None:
    monkeypatch.setattr(front, "MOST", most)
    monkeypatch.setattr(front, "MOST_BYTES", many_bytes)
    asker.behind.body = b"x" * 900
    asker.get("/read")
    for number in range(100):
        asker.get(f"/?{number}")
        asker.get("/read")
    assert asker.behind.asked == 101
    held: Any = asker.front._pages.values()
    assert sum(page.size for page in held) == asker.front._bytes <= many_bytes
    assert 10 < len(held) <= most


def test_the_site_answers_the_same_in_front_and_behind(bell: object) -> None:
    from darkreach_site.asgi import application

    asker = Asker(Behind())
    asker.front = application  # type: ignore[assignment]
    first = asker.get("http://localhost/docs/formats")
    second = asker.get("http://localhost/docs/formats")
    assert first.status_code == second.status_code == 200
    assert "age" not in first.headers and int(second.headers["age"]) >= 1
    kept = {**second.headers}
    del kept["age"]
    assert kept == dict(first.headers)
    assert "content-security-policy" in kept and "x-frame-options" in kept
