"""Answers that are kept: fresh enough, told apart, and not sent twice."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from searches.models import Search


def test_who_has_the_page_is_told_so(client: Client, hunted: Search) -> None:
    first = client.get("/primes/")
    again = client.get("/primes/", headers={"if-none-match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert "max-age=10" in first.headers["Cache-Control"]


def test_a_kept_answer_says_how_old_it_is(
    client: Client, hunted: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = client.get("/primes/")
    assert "Age" not in made.headers
    assert client.get("/primes/").headers["Age"] == "1"
    later = time.time() + 2.5
    monkeypatch.setattr(time, "time", lambda: later)
    assert client.get("/primes/").headers["Age"] == "3"
    known = {"if-none-match": made.headers["ETag"]}
    assert client.get("/primes/", headers=known).headers["Age"] == "3"


def test_the_etag_follows_the_content(client: Client, hunted: Search) -> None:
    first = client.get("/searches/").headers["ETag"]
    cache.clear()
    assert client.get("/searches/").headers["ETag"] == first
    Search.objects.update(title="another")
    cache.clear()
    again = client.get("/searches/", headers={"if-none-match": first})
    assert again.status_code == 200


def test_a_second_reader_costs_no_query(
    client: Client, hunted: Search, django_assert_num_queries: Any
) -> None:
    client.get("/forms/proth")
    with django_assert_num_queries(0):
        assert client.get("/forms/proth").status_code == 200


def test_words_that_a_page_does_not_know_change_nothing(
    client: Client, hunted: Search, django_assert_num_queries: Any
) -> None:
    first = client.get("/primes/?sort=date")
    with django_assert_num_queries(0):
        again = client.get("/primes/?sort=date&utm_source=x&page=7")
    assert again.content == first.content


@pytest.mark.parametrize("word", ["sort=digits", "form=proth", "min=3", "max=3"])
def test_words_that_it_knows_make_another_page(
    client: Client, hunted: Search, word: str
) -> None:
    assert client.get(f"/primes/?{word}").content != client.get("/primes/").content


def test_hosts_do_not_share_answers(
    client: Client, hunted: Search, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["one.example", "two.example"]
    for host in settings.ALLOWED_HOSTS:
        page = client.get("/primes/3x2_189+1", headers={"host": host}).content.decode()
        assert f"http://{host}/primes/3x2_189+1" in page


def test_a_host_that_is_not_ours_is_refused(client: Client, db: None) -> None:
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_errors_are_not_kept(client: Client, db: None) -> None:
    assert client.get("/forms/nonsense").status_code == 404
    assert not client.get("/primes/?sort=x").headers.get("ETag")
