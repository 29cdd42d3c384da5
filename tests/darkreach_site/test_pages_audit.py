"""The audit of the schedule, and what the site shows of it."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from fleet import auditing
from searches.models import Candidate
from tests.hunts import drain, placed

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_last_audit_is_on_the_status_page(client: Client) -> None:
    assert auditing.last() is None
    assert b"has not run yet" in client.get("/status").content
    placed("3*2^n+1", n="1:60")
    drain()
    auditing.run_and_keep()
    last = auditing.last()
    assert last is not None and last.clean
    assert [name.split()[0] for name in last.broken] == [f"I{i}" for i in range(1, 11)]
    cache.clear()
    page = client.get("/status").content.decode()
    assert page.count("<dd>holds</dd>") == 10
    Candidate.objects.filter(state="composite").update(evidence="proven")
    auditing.run_and_keep()
    cache.clear()
    page = client.get("/status").content.decode()
    assert "I5 composite</dt><dd>broken: " in page
    assert page.count("<dd>holds</dd>") == 9
