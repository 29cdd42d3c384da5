"""The public pages: what they show, what they refuse, what they cost."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from darkreach_site.pages import primes as prime_pages
from darkreach_site.pages.labels import label
from fleet import roster
from searches.models import Candidate, Search
from tests import hunts
from tests.tampering import tampering
from verification.models import Prime

# Pages read with SQL of their own, on both databases.
pytestmark = pytest.mark.ledger

MOST_QUERIES = 12
PRIME = "/primes/3x2_189+1"
NOWHERE = [
    "/searches/999",
    "/searches/99999999999999999999999",
    "/searches/-1",
    "/searches/?state=secret",
    "/searches/?after=x",
    "/searches/?form=nonsense",
    "/primes/?sort=key",
    "/primes/?sort=-digits",
    "/primes/?after=0",
    "/primes/?after=1~x",
    "/primes/?after=99999999999999999999~1",
    "/primes/?before=1",
    "/primes/?sort=date&after=9223372036854775807~1",
    "/primes/?form=search__title",
    "/primes/?tag=prime__key",
    "/primes/?min=-1",
    "/primes/?max=1e3",
    "/primes/?from=yesterday",
    "/primes/list.csv?sort=x",
    "/primes/list.json?form=x",
    "/candidates/4x4",
    "/candidates/9!!!",
    "/candidates/99999999!+1",
    "/forms/nonsense",
    "/searches/999/funnel.csv",
    "/searches/1/survivors.exe",
    "/docs/nonsense",
    "/docs/../manage",
    "/primes/3x2_190+1",
    "/primes/4",
    "/primes/9!!!",
    "/primes/n",
    "/primes/99999999!+1",
    "/primes/2_99999999999999999999999+1",
    "/primes/" + "9" * 1999,
    "/primes/3x2_190+1/certificate.json",
    "/nothing",
]


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return str(response.content.decode())


def composite(search: Search) -> Candidate:
    found = Candidate.objects.filter(search=search, state="composite").last()
    assert found is not None
    return found


def addresses(search: Search) -> list[str]:
    return [
        "/",
        "/primes/",
        "/primes/?sort=date",
        PRIME,
        "/searches/",
        "/searches/?state=finished&form=proth",
        f"/searches/{search.pk}",
        "/primes/?form=proth&tag=proth&min=2&max=50&from=2020-01-01&to=2100-01-01",
        "/candidates/3x2_189+1",
        f"/candidates/{label(composite(search).expression)}",
        "/forms/",
        "/forms/proth",
        "/verification/",
        "/fleet/",
        "/status",
        "/news",
        "/docs/",
        "/docs/forms",
        "/docs/adr/0001-ledger-and-bell",
        "/privacy",
        "/security",
        # files
        f"{PRIME}/certificate.json",
        "/throughput.csv",
        "/primes/list.csv",
        "/primes/list.json",
        "/primes/feed.atom",
        "/news.atom",
        "/fleet/speeds.csv",
        f"/searches/{search.pk}/funnel.csv",
        f"/searches/{search.pk}/expected.csv",
        f"/searches/{search.pk}/blocks.csv",
        "/license",
        "/robots.txt",
    ]


def pages_of(search: Search) -> list[str]:
    """Those that a browser shows."""
    found = addresses(search)
    return found[: found.index(f"{PRIME}/certificate.json")]


def test_every_page_answers_within_its_queries(
    client: Client, hunted: Search, django_assert_max_num_queries: Any
) -> None:
    for address in addresses(hunted):
        with django_assert_max_num_queries(MOST_QUERIES):
            assert client.get(address).status_code == 200, address


def test_an_empty_site_has_pages_too(client: Client, db: None) -> None:
    assert "None yet" in text(client, "/")
    assert "None yet" in text(client, "/primes/")
    assert "None." in text(client, "/searches/")


def test_home_counts_what_there_is(client: Client, hunted: Search) -> None:
    page = text(client, "/")
    found = Prime.objects.count()
    assert f"<dt>primes</dt><dd>{found}</dd>" in page
    assert "<dt>candidates settled</dt><dd>200</dd>" in page


def test_a_bell_that_is_away_is_named(client: Client, db: None, no_bell: None) -> None:
    assert "the bell does not answer" in text(client, "/")


def test_live_workers_are_counted(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    blank = roster.Present._make([""] * len(roster.Present._fields))
    workers = [blank._replace(hostname=name, slots="2") for name in ("a", "a", "b")]
    monkeypatch.setattr("fleet.bell.present", lambda: workers)
    assert "<dt>hosts online, 3 workers</dt><dd>2</dd>" in text(client, "/")


def test_what_does_not_exist_is_not_found(client: Client, hunted: Search) -> None:
    for address in NOWHERE:
        response = client.get(address)
        assert response.status_code == 404, address
        assert "Not found" in response.content.decode()


@pytest.mark.parametrize(
    "address", ["/", "/primes/", "/searches/", "/searches/1", "/forms/", "/docs/"]
)
def test_pages_are_for_reading_only(client: Client, db: None, address: str) -> None:
    assert client.post(address).status_code == 405


def test_another_spelling_of_a_prime_leads_to_its_page(
    client: Client, hunted: Search
) -> None:
    response = client.get("/primes/6x2_188+1")
    assert response.status_code == 301
    assert response.headers["Location"] == PRIME


def test_the_primes_are_sorted_as_asked(client: Client, hunted: Search) -> None:
    by_digits = [f"{p.expression}" for p in Prime.objects.order_by("-digits", "id")]
    page = text(client, "/primes/?sort=digits")
    assert shown(page) == by_digits


@pytest.mark.parametrize("sort", ["digits", "date"])
def test_long_lists_have_pages_there_and_back(
    client: Client, hunted: Search, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    whole = shown(text(client, f"/primes/?sort={sort}"))
    monkeypatch.setattr(prime_pages, "_ROWS", 4)
    address, there = f"/primes/?sort={sort}&form=proth", []
    pages = []
    while address:
        page = text(client, address)
        pages.append(shown(page))
        there.append(address)
        address = following(page, "next")
    assert [row for rows in pages for row in rows] == whole
    assert [len(rows) for rows in pages[:-1]] == [4] * (len(pages) - 1)
    back = following(text(client, there[-1]), "prev")
    assert shown(text(client, back)) == pages[-2]
    assert not following(text(client, there[0]), "prev")


def shown(page: str) -> list[str]:
    """The primes of a list, in its order."""
    return re.findall(r'class="expression"[^>]*>([^<]+)<', page)


def following(page: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return "/primes/" + html.unescape(found[1]) if found else ""


def test_twins_are_shown_with_both_numbers(client: Client, db: None) -> None:
    search = hunts.placed("3*2^n-1,3*2^n+1", n="1:20")
    hunts.drain()
    page = text(client, f"/searches/{search.pk}")
    for each in Prime.objects.all():
        assert f">{each.expression}</a>" in page


def test_a_prime_proven_by_another_search_is_shown_in_both(
    client: Client, hunted: Search, django_assert_max_num_queries: Any
) -> None:
    again = hunts.placed("k*2^n+1", k="1,3", n="150:200")
    hunts.drain()
    with django_assert_max_num_queries(MOST_QUERIES):
        page = text(client, f"/searches/{again.pk}")
    assert f'href="{PRIME}"' in page


def test_an_error_of_ours_has_a_page(
    hunted: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr("darkreach_site.pages.selectors.totals.totals", fail)
    response = Client(raise_request_exception=False).get("/")
    assert response.status_code == 500
    assert "Something went wrong" in response.content.decode()
    assert "broken on purpose" not in response.content.decode()


def test_pages_load_nothing_but_our_own_files(
    client: Client, hunted: Search, running: Search
) -> None:
    for address in [*pages_of(hunted), f"/searches/{running.pk}"]:
        response = client.get(address)
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'")
        page = response.content.decode()
        assert not re.search(r"src=\"(https?:)?//", page)
        assert not re.search(r"<link[^>]*href=\"(https?:)?//", page)
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
        assert re.findall(r"<script[^>]*>[^<]", page) == []


def test_pages_have_landmarks_and_headed_tables(client: Client, hunted: Search) -> None:
    for address in pages_of(hunted):
        page = text(client, address)
        for mark in ("<html lang=", "<header", "<nav", "<main id=", "<footer", "<h1"):
            assert mark in page, (address, mark)
        assert 'href="#content"' in page
        if 'class="document"' not in page:
            assert page.count("<table") == page.count("<caption")
        assert page.count("<h1") == 1
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids))


def test_what_people_wrote_is_escaped(
    client: Client, hunted: Search, running: Search
) -> None:
    hostile = '<script>alert(1)</script>"><img src=x onerror=y>'
    Search.objects.update(title=hostile, pm1_note=hostile)
    with tampering():
        Prime.objects.update(verified_by=[hostile])
    for address in ("/", "/searches/", f"/searches/{running.pk}", PRIME):
        shown = text(client, address)
        assert "<script>" not in shown
        assert "<img" not in shown
        assert "&lt;script&gt;" in shown
