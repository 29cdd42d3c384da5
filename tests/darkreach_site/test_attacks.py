"""Attacks on the site: guesses, forged requests, foreign hosts, uploads."""

from __future__ import annotations

import gzip
import time
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver

from darkreach_site import logins
from darkreach_site.api import limits
from fleet import bell as the_bell
from searches.models import Search

LOGIN = "/admin/login/"


@pytest.fixture(autouse=True)
def fresh_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_counter", limits._Counter())
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)


def guess(client: Client, name: str, password: str, address: str = "10.0.0.1") -> Any:
    asked = {"username": name, "password": password}
    return client.post(LOGIN, asked, REMOTE_ADDR=address)


def test_passwords_are_guessed_a_few_times_a_minute(
    client: Client, admin_user: Any, bell: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(logins.OF_ADDRESS):
        assert guess(client, "admin", "wrong").status_code == 200
    refused = guess(client, "admin", "password")
    assert refused.status_code == 429 and refused["Retry-After"] == "20"
    assert "sessionid" not in refused.cookies
    # Whoever asks from elsewhere is not locked out, and the minute ends.
    assert guess(client, "admin", "password", "10.0.0.2").status_code == 302
    monkeypatch.setattr(time, "time", lambda: 1_000_020.0)
    assert guess(client, "admin", "password").status_code == 302


def test_many_hosts_guess_the_password_of_one_name_no_faster(
    client: Client, admin_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without the bell too: each process counts by itself.
    monkeypatch.setattr(settings, "BELL_URL", "redis://127.0.0.1:1/0")
    the_bell.client.cache_clear()
    codes = [
        guess(client, name, "wrong", f"10.0.1.{n}").status_code
        for n in range(20)
        for name in ("admin", "ADMIN")
    ]
    assert codes == [200] * logins.OF_NAME + [429] * (40 - logins.OF_NAME)
    assert guess(client, "somebody", "wrong", "10.0.1.1").status_code == 200
    the_bell.client.cache_clear()


def test_an_answer_does_not_tell_whether_a_name_exists(
    client: Client, admin_user: Any, django_user_model: Any, bell: object
) -> None:
    django_user_model.objects.create_user("gone", password="x", is_active=False)
    django_user_model.objects.create_user("reader", password="x")
    said = set()
    for name, password in (
        *(("admin", "wrong"), ("nobody", "wrong"), ("gone", "x"), ("reader", "x")),
        *(("x' OR 1=1 --", "x"), ("a" * 5000, "b" * 100_000)),
    ):
        page = guess(client, name, password)
        assert page.status_code == 200
        said.add(str(page.context["form"].non_field_errors()))
    # A name that is too long for any is told so by the form's own field.
    assert len(said - {""}) == 1


@pytest.mark.parametrize("there", ["//evil.example/", "https://evil.example/", "\\\\e"])
def test_a_login_leads_to_no_other_site(
    client: Client, admin_user: Any, bell: object, there: str
) -> None:
    asked = {"username": "admin", "password": "password", "next": there}
    answer = client.post(f"{LOGIN}?next={there}", asked)
    assert answer.status_code == 302
    assert answer["Location"] == "/admin/"


def test_a_request_that_another_site_forged_changes_nothing(
    admin_user: Any, running: Search
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(admin_user)
    for address, sent in (
        ("/admin/searches/search/", {"action": "cancel", "_selected_action": "1"}),
        ("/admin/searches/search/add/", {"expression": "3*2^n+1"}),
        (f"/admin/searches/search/{running.pk}/change/", {"priority": "9"}),
        ("/admin/logout/", {}),
    ):
        assert browser.post(address, sent).status_code == 403, address
    running.refresh_from_db()
    assert (running.state, running.priority) == ("running", 5)
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"
    assert settings.SESSION_COOKIE_HTTPONLY


def test_no_page_is_shown_inside_another_site(client: Client, db: None) -> None:
    for address in ("/", "/primes/", "/nothing", LOGIN, "/api/v1/stats", "/status"):
        answer = client.get(address)
        assert answer["X-Frame-Options"] == "DENY", address
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"], address
        assert answer["X-Content-Type-Options"] == "nosniff", address
        assert answer["Referrer-Policy"] == "same-origin", address


def test_what_a_stranger_claims_about_himself_poisons_no_kept_answer(
    client: Client, hunted: Search
) -> None:
    headers = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/evil",
        "X-Original-URL": "/admin/",
        "Forwarded": "host=evil.example;proto=https",
        "Origin": "https://evil.example",
    }
    for address in ("/primes/feed.atom", "/primes/3x2_189+1", "/api/v1/primes"):
        poisoned = client.get(address, headers=headers)
        assert poisoned.status_code == 200
        assert b"evil" not in poisoned.content and b"https://test" not in (
            poisoned.content
        )
        assert client.get(address).content == poisoned.content
    for address in ("/", "/api/v1/primes", "/exports/", LOGIN):
        assert client.get(address, headers={"Host": "evil.example"}).status_code == 400


def test_no_address_takes_a_file_and_only_the_operators_take_anything(
    client: Client, db: None
) -> None:
    """Nothing that is uploaded is ever stored, so no name of it can lead anywhere."""
    files = {"file": gzip.compress(b"0" * 10**6), "name": "../../etc/passwd"}
    for address in ("/", "/primes/", "/exports/", "/exports/../../etc/passwd"):
        assert client.post(address, files).status_code in (404, 405), address
    for address in ("/exports/..%2f..%2fetc/passwd", "/exports//etc/passwd"):
        assert client.get(address).status_code == 404, address
    names = [str(each.pattern) for each in get_resolver().url_patterns]
    assert not [name for name in names if "upload" in name or "media" in name]
    assert not settings.MEDIA_ROOT


def test_operators_pages_ask_the_ledger_only_what_they_know(
    operator: Client, hunted: Search
) -> None:
    for query in (
        *("state__exact=x'--", "search__created_by__startswith=a", "o=1;DROP TABLE x"),
        *("_connector=OR", "residue__res2048__contains=0", "p=-1", "p=9" * 30),
        *("block__worker__pk__regex=.*", "search__in=1,2,x", "id__gt=9", "e=1"),
    ):
        for model in ("searches/candidate", "searches/search", "verification/prime"):
            answer = operator.get(f"/admin/{model}/?{query}")
            assert answer.status_code in (200, 302, 400), (model, query)
