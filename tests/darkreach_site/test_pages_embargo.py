"""A prime that nobody may know yet is on no page, in no feed and in no file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from searches.models import Candidate, Search
from tests import hunts
from tests.tampering import tampering
from verification.models import Prime

pytestmark = pytest.mark.ledger

SECRET = "3*2^189+1"


@pytest.fixture
def secret(hunted: Search, settings: Any) -> Search:
    """All primes but one are older than the embargo."""
    settings.EMBARGO_HOURS = 24
    old = timezone.now() - timedelta(hours=25)
    with tampering():
        Prime.objects.exclude(expression=SECRET).update(found_at=old)
    return hunted


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return str(response.content.decode())


def test_lists_feeds_and_files_keep_silent(client: Client, secret: Search) -> None:
    for address in (
        "/",
        "/primes/",
        "/primes/?sort=date&form=proth",
        "/primes/list.csv",
        "/primes/list.json",
        "/primes/feed.atom",
        "/news",
        "/news.atom",
        "/forms/proth",
        f"/searches/{secret.pk}",
    ):
        page = text(client, address)
        assert SECRET not in page, address
        assert "3x2_189" not in page, address


def test_its_own_page_is_not_there(client: Client, secret: Search) -> None:
    assert client.get("/primes/3x2_189+1").status_code == 404
    assert client.get("/primes/3x2_189+1/certificate.json").status_code == 404
    assert client.get("/primes/6x2_188+1").status_code == 404


def test_as_a_number_it_is_open_and_has_no_evidence(
    client: Client, secret: Search
) -> None:
    page = text(client, "/candidates/3x2_189+1")
    assert '<span class="state open">open</span>' in page
    for word in ("probable prime", "certificate of kind", "is prime", "<time"):
        assert word not in page


def test_counts_do_not_tell(client: Client, secret: Search) -> None:
    shown = Prime.objects.count() - 1
    assert f"<dt>primes</dt><dd>{shown}</dd>" in text(client, "/")
    rows = text(client, f"/searches/{secret.pk}/funnel.csv").splitlines()
    assert f"prime,{shown},{shown / 200}" in rows
    assert "open,1,0.005" in rows
    last = text(client, f"/searches/{secret.pk}/expected.csv").splitlines()[-1]
    assert last.endswith(f",{shown}")


def test_it_appears_when_the_embargo_ends(client: Client, secret: Search) -> None:
    with tampering():
        Prime.objects.update(found_at=timezone.now() - timedelta(hours=25))
    cache.clear()
    assert "is prime" in text(client, "/primes/3x2_189+1")
    assert SECRET in text(client, "/primes/")


def test_a_probable_prime_waits_for_its_proof(client: Client, db: None) -> None:
    hunts.placed("3*2^n+1", n="180:200")
    while not Candidate.objects.filter(state="probable").exists():
        assert hunts.work_once("prp", "sieve", "pm1")
    hunts.counted()
    found = Candidate.objects.get(state="probable")
    assert found.expression == SECRET
    page = text(client, "/candidates/3x2_189+1")
    assert '<span class="state open">open</span>' in page
    assert "probable prime" not in page
    Candidate.objects.filter(pk=found.pk).update(proof_given_up=True)
    cache.clear()
    page = text(client, "/candidates/3x2_189+1")
    assert '<span class="state probable">probable</span>' in page
    assert "by a residue of type" in page
