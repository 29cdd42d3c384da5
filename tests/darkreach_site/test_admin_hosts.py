"""The operators' pages of hosts: live state, hardware, history, commands."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from fleet import bell as bell_module
from fleet import hosts, identity, presence
from fleet.models import Command, Host, Lease, Worker
from fleet.roster import Present
from searches.clock import ledger_now
from searches.models import Block
from tests.hunts import placed
from verification.models import Reliability

pytestmark = [pytest.mark.ledger, pytest.mark.django_db(transaction=True)]
NAME = "<b>host-7</b>"


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    """A live worker on a host that handed in three blocks within this hour."""
    now = ledger_now()
    worker = Worker.objects.create(
        id=uuid.uuid4().hex,
        hostname=NAME,
        pid=7,
        queues=["prp"],
        slots=2,
        hardware={"cores": 2, "memory": 8000, "speed": {"us_per_squaring": 28.2}},
        started_at=now,
        seen_at=now,
    )
    search = placed("3*2^n+1", n="1:50")
    for number in range(4):
        block = Block.objects.create(
            search=search, stage="prp", queue="prp", created_at=now, seconds=10.0
        )
        Lease.objects.create(
            id=uuid.uuid4().hex,
            block=block,
            epoch=1,
            worker=worker,
            granted_at=now - timedelta(seconds=30),
            ended_at=now,
            ending="reclaimed" if number == 3 else "submitted",
        )
    empty = Present._make([""] * len(Present._fields))
    line = empty._replace(
        worker=worker.pk,
        hostname=NAME,
        queues="prp",
        slots="2",
        busy="1",
        state="works",
        block="5",
        stage="prp",
        progress="40",
        current="3*2^41+1",
    )
    monkeypatch.setattr(bell_module, "present", lambda: [line])
    return worker


def test_a_host_is_listed_with_what_it_is_and_does(
    worker: Worker, admin_client: Client
) -> None:
    Host.objects.create(
        name="host-8", role="r", bell_user="u", enrolled_at=ledger_now()
    )
    page = admin_client.get("/admin/fleet/host/all/").content.decode()
    for wanted in ("&lt;b&gt;host-7&lt;/b&gt;", "works", "1 / 2", "8000 MB", "28.2"):
        assert wanted in page
    assert NAME not in page
    assert "3*2^41+1 40 %" in page
    assert "host-8" in page
    assert "away" in page


def test_one_host_shows_its_day(worker: Worker, admin_client: Client) -> None:
    found = hosts.detail(NAME, bell_module.present())
    assert found is not None
    assert found.endings == {"submitted": 3, "reclaimed": 1}
    assert len(found.hours) == 24
    assert (found.hours[-1].blocks, found.hours[-1].seconds) == (3, 30.0)
    page = admin_client.get("/admin/fleet/host/of/%3Cb%3Ehost-7%3C%2Fb%3E/")
    text = page.content.decode()
    assert "3 submitted, 1 reclaimed" in text
    assert text.count("<rect") == 24


@pytest.fixture
def plain(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """The same host under a name as hosts have."""
    line = bell_module.present()[0]._replace(hostname="host-7")
    monkeypatch.setattr(bell_module, "present", lambda: [line])
    Worker.objects.filter(pk=worker.pk).update(hostname="host-7")
    worker.refresh_from_db()
    return worker


def test_a_host_is_told_what_to_do(
    plain: Worker, admin_client: Client, bell: Any
) -> None:
    address = "/admin/fleet/host/of/host-7/"
    page = admin_client.get(address).content.decode()
    assert "3 submitted, 1 reclaimed" in page
    assert page.count("<rect") == 24
    done = admin_client.post(address, {"kind": "pause"}, follow=True)
    assert "1 workers told to pause" in done.content.decode()
    given = Command.objects.get()
    assert (given.worker_id, given.kind, given.given_by) == (plain.pk, "pause", "admin")
    assert "pause" in admin_client.get(address).content.decode()
    wrong = admin_client.post(address, {"kind": "explode"}, follow=True)
    assert "is no command" in wrong.content.decode()
    assert Command.objects.count() == 1


def test_who_may_not_operate_may_not_tell(plain: Worker, client: Client) -> None:
    reader = User.objects.create_user("reader", password="x", is_staff=True)
    client.force_login(reader)
    assert client.get("/admin/fleet/host/all/").status_code == 403
    address = "/admin/fleet/host/of/host-7/"
    assert client.post(address, {"kind": "stop"}).status_code == 403
    assert not Command.objects.exists()
    client.logout()
    assert client.get(address).status_code == 302


def test_an_unknown_host_is_not_found(admin_client: Client, bell: Any) -> None:
    assert admin_client.get("/admin/fleet/host/of/nobody/").status_code == 404


def test_the_reason_of_a_quarantine_is_where_its_owner_looks(
    plain: Worker, admin_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    now = ledger_now()
    Reliability.objects.create(
        host="host-7", bad=3, as_of=now, quarantined_at=now, reason="it said <i>so</i>"
    )
    for page in (
        "fleet/host/all/",
        "fleet/host/of/host-7/",
        "verification/reliability/",
    ):
        text = admin_client.get(f"/admin/{page}").content.decode()
        assert "it said &lt;i&gt;so&lt;/i&gt;" in text, page
    Reliability.objects.create(
        host=identity.current().hostname, as_of=now, quarantined_at=now, reason="heat"
    )
    for _ in range(2):
        presence.tell_refusal()
    assert [record.getMessage().count("heat") for record in caplog.records] == [1]
