"""The Python client against a real site, and bodies that are too large."""

from __future__ import annotations

import http.client
import re
import threading
from typing import Any

import pytest
from django.db import transaction

from darkreach.client.site import Site, SiteError
from fleet import relay
from searches import outbox
from searches.clock import ledger_now
from tests import hunts

pytestmark = pytest.mark.django_db(transaction=True)


class Recording(Site):
    """Notes which addresses it asked for."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.places: set[str] = set()

    def _open(self, place: str, *more: Any) -> Any:
        self.places.add(place)
        return super()._open(place, *more)


def test_the_client_reads_a_site(copies: list[int]) -> None:
    search = hunts.placed("3*2^n+1", n="1:60")
    hunts.drain()
    hunts.counted()
    relay.publish()
    site = Recording(f"http://127.0.0.1:{copies[0]}/")
    primes = list(site.primes(limit=2, sort="digits"))
    assert [p["expression"] for p in primes][:2] == ["3*2^41+1", "3*2^36+1"]
    assert len(primes) == site.stats()["primes"]
    assert site.prime("6*2^40 + 1")["expression"] == "3*2^41+1"
    assert site.candidate("3*2^41+1")["prime"]["digits"] == 13
    assert [each["id"] for each in site.searches()] == [search.pk]
    assert "proth" in [form["word"] for form in site.forms()]
    assert site.form("proth")["word"] == "proth"
    assert site.search(search.pk)["state"] == "finished"
    rows = list(site.candidates(search.pk, state="prime"))
    assert rows and {row["state"] for row in rows} == {"prime"}
    events = list(site.events(limit=3))
    assert [e["sequence"] for e in events] == list(range(1, len(events) + 1))
    with pytest.raises(SiteError) as refused:
        site.prime("35")
    assert (refused.value.status, refused.value.code) == (404, "not-found")
    _follow(site, events)
    document = site._get("openapi.json", {})
    for path in document["paths"]:
        shape = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path.removeprefix("/api/v1/")))
        assert any(re.fullmatch(shape, place) for place in site.places), path
    _large_bodies(copies[1])


def _follow(site: Site, events: list[dict[str, object]]) -> None:
    """From the first event to one that happens while we follow."""
    got: list[object] = []
    enough = threading.Event()

    def read() -> None:
        for event in site.follow(after=0):
            got.append(event["sequence"])
            if len(got) == len(events) + 1:
                enough.set()
                return

    threading.Thread(target=read, daemon=True).start()
    with transaction.atomic():
        outbox.record("test.told", 1, ledger_now())
    relay.publish()
    assert enough.wait(20)
    assert got == list(range(1, len(events) + 2))


def _large_bodies(port: int) -> None:
    """Announced or not, a body of more than ten million bytes is refused."""
    announced = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    announced.putrequest("POST", "/api/v1/primes")
    announced.putheader("Content-Length", "20000000")
    announced.endheaders()
    assert announced.getresponse().status == 413
    announced.close()
    chunked = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    chunked.putrequest("POST", "/api/v1/primes")
    chunked.putheader("Transfer-Encoding", "chunked")
    chunked.endheaders()
    piece = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    for _ in range(10):
        chunked.send(piece)
    assert chunked.getresponse().status == 413
    chunked.close()


def test_a_site_is_named_by_http() -> None:
    with pytest.raises(ValueError, match="http"):
        Site("file:///etc/passwd")
