"""Lists and figures as files: complete, permanent, harmless."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import xml.etree.ElementTree as ET
from datetime import datetime
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient, Client

from darkreach.files import sieve_files
from darkreach.order import Order
from darkreach_site.pages import primes as prime_pages
from darkreach_site.pages import survivors
from darkreach_site.pages.tables import csv_text
from searches.models import Search
from tests import hunts
from verification.models import Prime

pytestmark = pytest.mark.ledger

ATOM = "{http://www.w3.org/2005/Atom}"


def rows(client: Client, address: str) -> list[dict[str, str]]:
    response = client.get(address)
    assert response.status_code == 200, address
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def test_all_primes_are_in_the_files_in_their_order(
    client: Client, hunted: Search
) -> None:
    wanted = [p.expression for p in Prime.objects.order_by("-digits", "id")]
    assert [row["expression"] for row in rows(client, "/primes/list.csv")] == wanted
    found = json.loads(client.get("/primes/list.json").content)
    assert [row["expression"] for row in found["primes"]] == wanted
    assert found["next"] is None
    address = found["primes"][0]["address"].removeprefix("http://testserver")
    assert client.get(address).status_code == 200


def test_long_files_name_the_next_one(
    client: Client, hunted: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prime_pages, "_FILE_ROWS", 5)
    address, found = "http://testserver/primes/list.json?form=proth", []
    while address:
        response = client.get(address.removeprefix("http://testserver"))
        page = json.loads(response.content)
        found += [row["expression"] for row in page["primes"]]
        if page["next"]:
            assert response.headers["Link"] == f'<{page["next"]}>; rel="next"'
        address = page["next"]
    assert len(found) == len(set(found)) == Prime.objects.count()


@pytest.mark.parametrize("address", ["/primes/feed.atom", "/news.atom"])
def test_feeds_have_what_rfc_4287_asks_for(
    client: Client, hunted: Search, address: str
) -> None:
    response = client.get(address)
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ET.fromstring(response.content)
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "darkreach"
    (own,) = [x for x in feed.findall(f"{ATOM}link") if x.get("rel") == "self"]
    assert own.get("href") == f"http://testserver{address}"
    entries = feed.findall(f"{ATOM}entry")
    for each in (feed, *entries):
        assert all(each.findtext(f"{ATOM}{name}") for name in ("id", "title"))
        stamp = each.findtext(f"{ATOM}updated")
        assert stamp and datetime.fromisoformat(stamp).tzinfo is not None
    names = [each.findtext(f"{ATOM}id") for each in entries]
    assert len(names) == len(set(names))
    assert all(
        each.find(f"{ATOM}link[@rel='alternate']") is not None for each in entries
    )


def test_the_feed_is_atom_with_permanent_ids(client: Client, hunted: Search) -> None:
    feed = ET.fromstring(client.get("/primes/feed.atom").content)
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == Prime.objects.count()
    links = [entry.find(f"{ATOM}id").text for entry in entries]  # type: ignore[union-attr]
    assert "http://testserver/primes/3x2_189+1" in links
    assert len(ET.fromstring(client.get("/news.atom").content)) > 5


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1"]
)
def test_no_cell_is_a_formula(text: str) -> None:
    (_, line) = csv.reader(io.StringIO(csv_text(["a"], [[text]])))
    assert line == [f"'{text}"]


def test_numbers_of_a_table_stay_numbers() -> None:
    assert csv_text(["a", "b"], [[-1, 2.5]]) == "a,b\r\n-1,2.5\r\n"


def test_figures_of_a_search_add_up(client: Client, hunted: Search) -> None:
    funnel = rows(client, f"/searches/{hunted.pk}/funnel.csv")
    counts = {row["outcome"]: int(row["numbers"]) for row in funnel}
    total = counts.pop("candidates")
    assert total == sum(counts.values()) == 200
    expected = rows(client, f"/searches/{hunted.pk}/expected.csv")
    assert int(expected[-1]["found"]) == counts["prime"]
    assert int(expected[-1]["tested"]) == counts["prime"] + counts["composite"]
    blocks = rows(client, f"/searches/{hunted.pk}/blocks.csv")
    assert {row["stage"] for row in blocks} >= {"sieve", "prp", "prove", "verify"}


# The file is read in another thread, which has a connection of its own.
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("suffix", ["abc", "npg"])
def test_survivors_are_a_file_that_reads_back(
    hunted: Search, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survivors, "_AT_ONCE", 7)
    text = downloaded(f"/searches/{hunted.pk}/survivors.{suffix}")
    (listed,) = sieve_files.read(text.splitlines(keepends=True))
    order = Order.from_spec(hunted.spec)
    left = {order.members(i)[0].expression for i in hunts_left(hunted)}
    again = {listed.order.members(int(i))[0].expression for i in listed.positions}
    assert again == left


def hunts_left(search: Search) -> list[int]:
    left = search.candidates.exclude(state="factored")
    return list(left.values_list("index", flat=True))


def downloaded(address: str) -> str:
    async def get() -> Any:
        response = await AsyncClient().get(address)
        assert response.status_code == 200
        pieces = [piece async for piece in response.streaming_content]
        # The thread that read the ledger outlives this test; its session must not.
        await sync_to_async(connections.close_all)()
        return b"".join(pieces)

    return asyncio.run(get()).decode()


def offered(client: Client, search: Search) -> list[str]:
    page = client.get(f"/searches/{search.pk}").content.decode()
    return [x for x in ("abc", "npg") if f"{search.pk}/survivors.{x}" in page]


def test_survivors_are_not_known_before_the_first_pass(
    client: Client, running: Search
) -> None:
    assert client.get(f"/searches/{running.pk}/survivors.abc").status_code == 404
    assert offered(client, running) == []


def test_a_form_that_a_format_cannot_say_is_not_found(
    client: Client, hunted: Search
) -> None:
    assert offered(client, hunted) == ["abc", "npg"]
    search = hunts.placed("n!+1", n="2:20")
    hunts.drain()
    assert client.get(f"/searches/{search.pk}/survivors.npg").status_code == 404
    assert offered(client, search) == ["abc"]
