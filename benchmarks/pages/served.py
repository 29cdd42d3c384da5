"""A copy of the site, asked over HTTP from several connections at once."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_CONNECTIONS = 8


def served(url: str, addresses: list[str], seconds: float) -> str:
    """Start uvicorn on that ledger, ask for the addresses in turn, and say how it
    went."""
    with copy_of_the_site(url) as port:
        took, wrong = _ask(port, addresses, seconds)
    took.sort()
    rate = len(took) / seconds
    p50, p95 = (1000 * took[int(len(took) * share)] for share in (0.5, 0.95))
    return (
        f"over HTTP, {_CONNECTIONS} connections, {seconds:.0f} s: {rate:.0f} per s,"
        f" p50 {p50:.1f} ms, p95 {p95:.1f} ms, {wrong} wrong answers"
    )


@contextmanager
def copy_of_the_site(url: str) -> Iterator[int]:
    """A web process on that ledger; its port."""
    port = _free_port()
    site = subprocess.Popen(
        [
            *(sys.executable, "-m", "uvicorn", "darkreach_site.asgi:application"),
            *("--port", str(port), "--lifespan", "off", "--log-level", "error"),
            *("--timeout-graceful-shutdown", "1"),
        ],
        env={**os.environ, "DATABASE_URL": url},
    )
    try:
        _wait(port)
        yield port
    finally:
        site.terminate()
        site.wait(10)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the site does not start")


def _ask(port: int, addresses: list[str], seconds: float) -> tuple[list[float], int]:
    took: list[float] = []
    wrong: list[int] = []

    def client(first: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port)
        turn = first
        while time.perf_counter() < end:
            began = time.perf_counter()
            line.request("GET", addresses[turn % len(addresses)])
            answer = line.getresponse()
            answer.read()
            took.append(time.perf_counter() - began)
            if answer.status != 200:
                wrong.append(answer.status)
            turn += 1

    end = time.perf_counter() + seconds
    threads = [threading.Thread(target=client, args=(n,)) for n in range(_CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took, len(wrong)
