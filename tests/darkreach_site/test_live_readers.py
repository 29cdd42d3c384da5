"""Readers of live events that come and go, and one that does not read at all."""

from __future__ import annotations

import json
import random
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
from django.db import transaction

from fleet import relay
from searches import outbox
from searches.clock import ledger_now

pytestmark = pytest.mark.django_db(transaction=True)

#: Fills what lies between a server and a reader that does not read.
LARGE = "x" * 20_000


def record(count: int, text: str = "") -> None:
    with transaction.atomic():
        for subject in range(count):
            outbox.record("test.told", subject, ledger_now(), text=text)
    relay.publish()


def frames(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, int]]]:
    """The events of a stream: their name and what they say."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))
            name = ""


class Hopper(threading.Thread):
    """Reads a few events, goes away, comes back to another copy, until it has all."""

    def __init__(self, ports: list[int], total: int, seed: int) -> None:
        super().__init__(daemon=True)
        self.numbers: list[int] = []
        self._ports, self._total = ports, total
        self._random = random.Random(seed)
        self.hops = 0
        self.start()

    def run(self) -> None:
        while len(self.numbers) < self._total:
            self.hops += 1
            self._read_some(self._random.choice(self._ports))

    def _read_some(self, port: int) -> None:
        last = self.numbers[-1] if self.numbers else 0
        url = f"http://127.0.0.1:{port}/api/v1/events/stream"
        headers = {"Last-Event-ID": str(last)}
        few = self._random.randint(1, 30)
        with (
            httpx.Client(timeout=30) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            for name, event in frames(answer.iter_lines()):
                assert name == ""
                self.numbers.append(event["sequence"])
                few -= 1
                if not few or len(self.numbers) >= self._total:
                    return


def test_readers_that_come_and_go_lose_nothing_and_get_nothing_twice(
    copies: list[int],
) -> None:
    total = 200
    hoppers = [Hopper(copies, total, seed) for seed in range(4)]
    for _ in range(total // 5):
        record(5)
    for hopper in hoppers:
        hopper.join(60)
        assert hopper.numbers == list(range(1, total + 1))
        assert hopper.hops > 4


def test_a_reader_that_does_not_read_costs_nobody_anything(copies: list[int]) -> None:
    port = copies[0]
    stalled = socket.socket()
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stalled.settimeout(30)
    stalled.connect(("127.0.0.1", port))
    stalled.sendall(b"GET /api/v1/events/stream HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
    begun = b""
    while b"retry:" not in begun:
        begun += stalled.recv(4096)
    assert b"text/event-stream" in begun
    total = 800
    reader = Hopper([port], total, 1)
    for _ in range(total // 20):
        record(20, LARGE)
    reader.join(60)
    assert reader.numbers == list(range(1, total + 1))
    seen, lost = _the_rest(stalled, begun, total)
    assert seen == sorted(set(seen)) and seen[-1] == total
    assert lost, "the queue was never full"
    assert sorted([*seen, *lost]) == list(range(1, total + 1))


def _the_rest(
    stalled: socket.socket, begun: bytes, last: int
) -> tuple[list[int], set[int]]:
    """What a reader gets that begins to read late: events, and which ones it lost."""
    pieces = [begun]
    while f"id: {last}\n".encode() not in b"".join(pieces[-30:]):
        pieces.append(stalled.recv(65_536))
        assert pieces[-1], "the stream ended"
    while not pieces[-1].endswith(b"\n\n"):
        pieces.append(stalled.recv(65_536))
    stalled.close()
    seen: list[int] = []
    lost: set[int] = set()
    for name, event in frames(iter(b"".join(pieces).decode().splitlines())):
        if name == "lost":
            lost |= set(range(event["first"], event["last"] + 1))
        else:
            seen.append(event["sequence"])
    return seen, lost
