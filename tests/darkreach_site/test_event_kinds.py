"""What is said of events is what searches really write."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from darkreach_site.api.events import KINDS, TYPED
from fleet import identity, leases, limits, relay
from searches import control
from searches.clock import ledger_now
from searches.models import OutboxEvent, Search
from tests import hunts
from tests.darkreach_site.processes import ROOT
from tests.verification.test_weighing import FIRST
from verification import reliability
from verification.models import Residue
from verification.withdrawals import withdraw

pytestmark = pytest.mark.django_db(transaction=True)


def live_through_everything() -> None:
    """One search to its end, one controlled by hand, one at its deadline, one poisoned:
    one whose host lied: every kind of event, each from the code that is its source."""
    settled = hunts.placed("3*2^n+1", n="1:200")
    hunts.drain()
    hunts.advance_all()
    controlled = hunts.placed("5*2^n-1", n="1:50")
    for change in (control.pause, control.resume, control.cancel):
        assert change(controlled.pk)
    limited = hunts.placed("7*2^n-1", n="1:50")
    limits.set_deadline(limited.pk, ledger_now() - timedelta(seconds=1))
    assert limits.enforce() == [limited.pk]
    hunts.placed("9*2^n-1", n="1:50")
    worker = identity.register()
    for _ in range(3):
        (grant,) = leases.claim(worker, "sieve")
        leases.fail(grant, "always fails")
    hidden_prime(settled)
    relay.publish()


def hidden_prime(search: Search) -> None:
    """A host is caught, and what rests on its word is done again."""
    residues = Residue.objects.filter(verdict="composite", refutation=None)
    row = residues.order_by("id")[0]
    wrong = replace(FIRST, id=row.pk, key=row.key, host=row.host)
    lessons = reliability.Lessons(refuted={row.pk: wrong}, hiding={row.pk})
    with transaction.atomic():
        reliability.learn(lessons, ledger_now())
    left = residues.exclude(pk=row.pk)
    assert withdraw(left, "a wrong kernel", ledger_now()).candidates
    assert Search.objects.get(pk=search.pk).state == "running"


def test_every_kind_of_event_is_as_its_type_says(bell: object) -> None:
    live_through_everything()
    events = [relay.described(row) for row in OutboxEvent.objects.order_by("sequence")]
    for event in events:
        TYPED[event["kind"]].model_validate(event)
    assert {event["kind"] for event in events} == set(KINDS)


def test_the_documents_name_every_kind_with_its_data(client: Client) -> None:
    page = (ROOT / "docs" / "events.md").read_text()
    rows = re.findall(
        r"^\| `([\w.]+)` \| ([^|]+) \| ([^|]+) \|([^|]*)\|$", page, re.MULTILINE
    )
    told = {
        kind: (subject, when, re.findall(r"`(\w+)`", data))
        for kind, subject, when, data in rows
    }
    assert told == {
        kind: (subject, when, list(data.model_fields))
        for kind, (subject, when, data) in KINDS.items()
    }
    document = client.get("/api/v1/openapi.json").json()
    assert set(document["webhooks"]) == set(KINDS)
    for kind, said in document["webhooks"].items():
        content = said["post"]["requestBody"]["content"]["application/json"]
        name = content["schema"]["$ref"].rpartition("/")[2]
        assert document["components"]["schemas"][name]["properties"]["kind"] == {
            "const": kind,
            "title": "Kind",
            "type": "string",
        }


def test_no_source_of_events_is_missing() -> None:
    found = set()
    for room in ("searches", "fleet", "verification", "darkreach_site"):
        for path in (ROOT / room).rglob("*.py"):
            text = path.read_text()
            found |= set(re.findall(r"outbox\.record\(\s*f?\"([^\"]+)\"", text))
    targets = {"search.{target}"}
    assert found - targets <= set(KINDS)
    assert found & targets  # paused, running, cancelled: seen above
