"""From the commit of an event to browsers on two copies of the site.

    python -m benchmarks.pages.live --readers 100 --events 200

Every reader of both copies gets every event; the time is that between the return of the
commit and the arrival of the event's last byte. Then all readers come and go, to
either copy, while as many events are committed again, and what each of them got is
compared with what was published. Copies, readers and the relay that publishes are
processes or threads of their own; one clock tells all times.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import random
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from multiprocessing.connection import Connection

from benchmarks.load.place import prepared
from benchmarks.pages.served import copy_of_the_site

#: Number of the event and when it came, reader by reader.
Heard = list[list[tuple[int, float]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=100, help="of each copy")
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--every", type=float, default=0.05, help="seconds apart")
    told = parser.parse_args()
    os.environ.setdefault("DARKREACH_LOG_LEVEL", "ERROR")
    with prepared(bell=True) as url, contextlib.ExitStack() as stack:
        from fleet.relay import Relay

        ports = [stack.enter_context(copy_of_the_site(url)) for _ in range(2)]
        relay = Relay()
        relay.start()
        stack.callback(relay.stop)
        first = _last_number()
        still, committed = _round(ports, told, first, hops=False)
        late = sorted(
            came - committed[number] for heard in still for number, came in heard
        )
        p50, p95 = (1000 * late[int(len(late) * share)] for share in (0.5, 0.95))
        say(
            f"{len(still)} readers of 2 copies, {told.events} events: p50 {p50:.1f} ms,"
            f" p95 {p95:.1f} ms, worst {1000 * late[-1]:.0f} ms;"
            f" {_compared(still, committed)}"
        )
        moving, committed = _round(ports, told, first + told.events, hops=True)
        say(f"readers that come and go: {_compared(moving, committed)}")


def _last_number() -> int:
    from darkreach_site.live.ledger import _newest

    return _newest()


def _round(
    ports: list[int], told: argparse.Namespace, after: int, hops: bool
) -> tuple[Heard, dict[int, float]]:
    """Let events happen; what readers heard, and when each number was committed."""
    ours, theirs = multiprocessing.Pipe()
    total = told.readers * len(ports)
    readers = multiprocessing.get_context("spawn").Process(
        target=_read, args=(theirs, ports, total, after, told.events, hops)
    )
    readers.start()
    assert ours.recv() == "all are there"
    committed = dict(_committed(after, told.events, told.every))
    heard: Heard = ours.recv()
    readers.join()
    return heard, committed


def _committed(after: int, events: int, every: float) -> Iterator[tuple[int, float]]:
    """Commit events one by one; their numbers, which are their order, and when."""
    from django.db import transaction

    from searches import outbox
    from searches.clock import ledger_now

    for number in range(after + 1, after + events + 1):
        with transaction.atomic():
            outbox.record("test.told", number, ledger_now())
        yield number, time.time()
        time.sleep(every)


def _compared(heard: Heard, committed: dict[int, float]) -> str:
    wanted = list(committed)
    lost = sum(len(set(wanted) - {n for n, _ in each}) for each in heard)
    doubled = sum(len(each) - len({n for n, _ in each}) for each in heard)
    disordered = sum(
        [n for n, _ in each] != sorted(n for n, _ in each) for each in heard
    )
    return f"{lost} lost, {doubled} doubled, {disordered} out of order"


def _read(
    line: Connection, ports: list[int], total: int, after: int, events: int, hops: bool
) -> None:
    """The process of all readers."""

    async def everyone() -> Heard:
        there = asyncio.Semaphore(0)
        tasks = [
            asyncio.create_task(_reader(ports, n, after, events, hops, there))
            for n in range(total)
        ]
        for _ in tasks:
            await there.acquire()
        line.send("all are there")
        return list(await asyncio.gather(*tasks))

    line.send(asyncio.run(everyone()))


async def _reader(
    ports: list[int],
    number: int,
    after: int,
    events: int,
    hops: bool,
    there: asyncio.Semaphore,
) -> list[tuple[int, float]]:
    chance = random.Random(number)
    heard: list[tuple[int, float]] = []
    last, turn = after, number
    while last < after + events:
        few = chance.randint(5, 60) if hops else events
        async with asyncio.timeout(120):
            stream = _stream(ports[turn % len(ports)], last, there)
            async with contextlib.aclosing(stream):
                async for last in stream:
                    heard.append((last, time.time()))
                    few -= 1
                    if not few or last >= after + events:
                        break
        turn += chance.randint(0, 1)
    return heard


async def _stream(
    port: int, last: int, there: asyncio.Semaphore
) -> AsyncGenerator[int]:
    incoming, outgoing = await asyncio.open_connection("127.0.0.1", port)
    try:
        outgoing.write(
            b"GET /api/v1/events/stream HTTP/1.0\r\nHost: 127.0.0.1\r\n"
            b"Last-Event-ID: %d\r\n\r\n" % last
        )
        while line := await incoming.readline():
            if line.startswith(b"retry:"):
                there.release()
            elif line.startswith(b"data: "):
                yield int(json.loads(line[6:])["sequence"])
    finally:
        outgoing.close()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
