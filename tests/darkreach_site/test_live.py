"""Events reach a browser of any web copy, each once, in order, and are replayed."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import suppress

import httpx
import pytest
from django.db import connection, transaction
from django.test import Client

from darkreach_site.live.reader import Reader
from fleet import relay
from searches import outbox
from searches.clock import ledger_now
from searches.models import OutboxEvent
from tests.darkreach_site.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def record(subject: object, search: int | None = None) -> None:
    with transaction.atomic():
        outbox.record("test.told", subject, ledger_now(), search=search)
    relay.publish()


class Follower(threading.Thread):
    """A browser: reads a stream, keeps what it got."""

    def __init__(self, port: int, query: str = "", last: int | None = None) -> None:
        super().__init__(daemon=True)
        self.url = f"http://127.0.0.1:{port}/api/v1/events/stream{query}"
        self.headers = {} if last is None else {"Last-Event-ID": str(last)}
        self.events: list[dict[str, object]] = []
        self.lines: list[str] = []
        self.open = threading.Event()
        self.start()
        assert self.open.wait(20)

    def run(self) -> None:
        with suppress(httpx.TransportError):  # the copy ends before we do
            self._follow()

    def _follow(self) -> None:
        with (
            httpx.Client(timeout=30) as client,
            client.stream("GET", self.url, headers=self.headers) as answer,
        ):
            assert answer.headers["content-type"] == "text/event-stream"
            for line in answer.iter_lines():
                self.open.set()
                self.lines.append(line)
                if line.startswith("data: "):
                    self.events.append(json.loads(line.removeprefix("data: ")))

    @property
    def numbers(self) -> list[object]:
        return [event["sequence"] for event in self.events]

    def wait_for(self, count: int) -> None:
        wait_until(lambda: len(self.events) >= count)


def test_events_reach_browsers_of_every_copy_and_are_replayed(
    copies: list[int],
) -> None:
    readers = [Follower(port) for port in copies for _ in range(3)]
    one_search = Follower(copies[0], "?search=7")
    for subject in range(5):
        record(subject, search=subject + 5)
    for reader in readers:
        reader.wait_for(5)
        assert reader.numbers == [1, 2, 3, 4, 5]
    one_search.wait_for(1)
    assert [event["search"] for event in one_search.events] == [7]
    # Away while things happen, back on the other copy: none lost, none doubled.
    record("while away", search=7)
    back = Follower(copies[1], last=3)
    back.wait_for(3)
    record("after", search=8)
    back.wait_for(4)
    assert back.numbers == [4, 5, 6, 7]
    filtered = Follower(copies[1], "?search=7&after=0")
    filtered.wait_for(2)
    assert filtered.numbers == [3, 6]
    # A message that the bell lost is read from the ledger with the next one.
    with transaction.atomic():
        outbox.record("test.told", "untold", ledger_now())
    relay._number(ledger_now())
    record("told")
    readers[0].wait_for(9)
    assert readers[0].numbers == list(range(1, 10))
    # A reader from another ledger's future is told so.
    stranger = Follower(copies[0], last=1000)
    wait_until(lambda: "event: lost" in stranger.lines)


def test_a_stream_keeps_no_connection_to_the_database(copies: list[int]) -> None:
    if connection.vendor != "postgresql":
        pids = "SELECT 0"
    else:
        pids = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    readers = [Follower(port) for port in copies for _ in range(5)]
    record("a")
    for reader in readers:
        reader.wait_for(1)

    def open_sessions() -> int:
        with connection.cursor() as cursor:
            cursor.execute(pids)
            return int(cursor.fetchone()[0])

    wait_until(lambda: open_sessions() == 0)


def test_nonsense_is_refused(client: Client) -> None:
    for query in ("after=-1", "after=x", "search=1e9", "after=" + "9" * 30):
        assert client.get(f"/api/v1/events/stream?{query}").status_code == 422
    assert client.post("/api/v1/events/stream").status_code == 405


def test_a_slow_reader_loses_the_oldest_and_is_told_which() -> None:
    async def follow() -> list[tuple[int | None, bytes]]:
        reader = Reader(longest=3)
        for number in range(1, 11):
            reader.put(number, b"%d" % number)
        return await reader.take(1)

    entries = asyncio.run(follow())
    assert entries[0][1] == b'event: lost\ndata: {"first": 1, "last": 7}\n\n'
    assert [number for number, _ in entries[1:]] == [8, 9, 10]


def test_a_reader_that_gets_nothing_hears_that_its_time_is_up() -> None:
    assert asyncio.run(Reader().take(0.01)) == []


def test_pages_load_the_script_and_may_connect(client: Client) -> None:
    answer = client.get("/")
    assert b"darkreach/live.js" in answer.content
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "connect-src 'self'" in policy
    assert "unsafe" not in policy
    assert OutboxEvent.objects.count() == 0
