"""The public pages: what they show, what they refuse, what they cost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from darkreach_site.pages import primes as prime_pages
from fleet import bell
from searches.models import Search
from tests import hunts
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
    "/searches/?page=2",
    "/primes/?sort=key",
    "/primes/?page=0",
    "/primes/?page=x",
    "/primes/?page=99999999999",
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


def addresses(search: Search) -> list[str]:
    return [
        "/",
        "/primes/",
        "/primes/?sort=date",
        PRIME,
        f"{PRIME}/certificate.json",
        "/searches/",
        "/searches/?state=finished",
        f"/searches/{search.pk}",
        "/license",
        "/robots.txt",
    ]


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


@pytest.fixture
def no_bell(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Nobody listens where the settings say that the bell is."""
    settings.BELL_URL = f"unix://{tmp_path}/bell.sock"
    bell.client.cache_clear()
    yield
    bell.client.cache_clear()


def test_a_bell_that_is_away_is_named(client: Client, db: None, no_bell: None) -> None:
    assert "the bell does not answer" in text(client, "/")


def test_live_workers_are_counted(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = [{"slots": 2}, {"slots": 1}]
    monkeypatch.setattr("fleet.bell.live_workers", lambda: workers)
    assert "<dt>workers alive</dt><dd>2</dd>" in text(client, "/")


def test_what_does_not_exist_is_not_found(client: Client, hunted: Search) -> None:
    for address in NOWHERE:
        response = client.get(address)
        assert response.status_code == 404, address
        assert "Not found" in response.content.decode()


@pytest.mark.parametrize("address", ["/", "/primes/", "/searches/", "/searches/1"])
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
    shown = re.findall(r'class="expression"[^>]*>([^<]+)<', page)
    assert shown == by_digits


def test_long_lists_have_pages(
    client: Client, hunted: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prime_pages, "_ROWS", 4)
    first, second = (text(client, f"/primes/?page={n}") for n in (1, 2))
    assert 'rel="next" href="?sort=digits&amp;page=2"' in first
    assert 'rel="prev" href="?sort=digits&amp;page=1"' in second
    rows = [re.findall(r"/primes/3x[^\"]+", page) for page in (first, second)]
    assert len(rows[0]) == 4
    assert not set(rows[0]) & set(rows[1])


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
    for address in [*addresses(hunted)[:8], f"/searches/{running.pk}"]:
        response = client.get(address)
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'")
        page = response.content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
        assert re.findall(r"<script[^>]*>[^<]", page) == []
        assert not re.search(r"(src|href)=\"(https?:)?//", page)


def test_pages_have_landmarks_and_headed_tables(client: Client, hunted: Search) -> None:
    for address in ("/", "/primes/", PRIME, "/searches/", f"/searches/{hunted.pk}"):
        page = text(client, address)
        for mark in ("<html lang=", "<header", "<nav", "<main id=", "<footer", "<h1"):
            assert mark in page, (address, mark)
        assert 'href="#content"' in page
        assert page.count("<table") == page.count("<caption")
        assert page.count("<h1") == 1
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids))


def test_what_people_wrote_is_escaped(
    client: Client, hunted: Search, running: Search
) -> None:
    hostile = '<script>alert(1)</script>"><img src=x onerror=y>'
    Search.objects.update(title=hostile, pm1_note=hostile)
    Prime.objects.update(verified_by=[hostile])
    for address in ("/", "/searches/", f"/searches/{running.pk}", PRIME):
        shown = text(client, address)
        assert "<script>" not in shown
        assert "<img" not in shown
        assert "&lt;script&gt;" in shown
