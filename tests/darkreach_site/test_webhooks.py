"""Webhooks get every event they want, in order within a search, at least once."""

from __future__ import annotations

import ipaddress
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configuration
from django.db import connection, transaction
from django.test import Client
from standardwebhooks import Webhook as Verifier

from darkreach_site.webhooks import deliveries, signing
from darkreach_site.webhooks.courier import Courier
from darkreach_site.webhooks.models import Delivery, Webhook
from darkreach_site.webhooks.outcomes import Outcome
from fleet import relay
from searches import outbox
from searches.clock import ledger_now
from tests import audits
from tests.darkreach_site.processes import ROOT, environment, wait_until
from tests.darkreach_site.receivers import Receiver

pytestmark = [pytest.mark.ledger, pytest.mark.django_db(transaction=True)]
FAILED = Outcome(500)


def record(subject: object, search: int | None = None, kind: str = "test.told") -> None:
    with transaction.atomic():
        outbox.record(kind, subject, ledger_now(), search=search)
    relay.publish()


def later(**more: Any) -> Any:
    return ledger_now() + timedelta(**more)


@pytest.fixture
def receiver(tmp_path: Path, bell: object, settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    found = Receiver(tmp_path / "receiver")
    yield found
    found.stop()


@pytest.fixture
def webhook(receiver: Receiver) -> Webhook:
    return Webhook.objects.create(name="ours", url=receiver.url())


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rests of hundredths of a second."""
    monkeypatch.setattr(deliveries, "FIRST_REST", 0.02)
    monkeypatch.setattr(deliveries, "LONGEST_REST", 0.1)


@pytest.fixture
def courier(impatient: None) -> Iterator[Courier]:
    found = Courier(look=0.05)
    found.start()
    yield found
    found.stop()
    found.join(30)
    assert not found.is_alive()


def states(**which: Any) -> list[str]:
    rows = Delivery.objects.filter(**which).order_by("sequence")
    return list(rows.values_list("state", flat=True))


def test_an_event_arrives_signed_as_others_check_it(
    receiver: Receiver, webhook: Webhook, courier: Courier
) -> None:
    record("a", search=7)
    wait_until(lambda: states() == ["delivered"])
    (got,) = receiver.got()
    told = Verifier(webhook.secret).verify(got["body"], got["headers"])
    assert told["sequence"] == 1 and told["search"] == 7
    assert got["headers"]["webhook-id"] == "event-1"
    with pytest.raises(Exception, match="No matching signature"):
        Verifier(signing.new_secret()).verify(got["body"], got["headers"])
    with pytest.raises(Exception, match="No matching signature"):
        Verifier(webhook.secret).verify(got["body"] + " ", got["headers"])


def test_the_signature_is_that_of_the_standard() -> None:
    # Made by the reference implementation, standardwebhooks 1.1.0 of PyPI.
    made = signing.headers(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "event-17",
        1614265330,
        b'{"sequence": 17}',
    )
    assert made["webhook-signature"] == (
        "v1,hxx9luwMJn1hSL3m3S94Og304EPBA++WHrHO5uLOoLY="
    )


def test_an_exchanged_secret_signs_beside_the_new_one_for_a_day(
    webhook: Webhook,
) -> None:
    old = webhook.secret
    deliveries.exchange_secret(webhook.pk)
    webhook.refresh_from_db()
    assert webhook.secret != old and webhook.old_secret == old
    for number, hours in enumerate((0, 25)):
        record(number)
        deliveries.fan_out()
        (attempt,) = deliveries.claim(9, now=later(hours=hours))
        headers = {**attempt.headers}
        Verifier(webhook.secret).verify(attempt.body, headers)
        if hours:
            with pytest.raises(Exception, match="No matching signature"):
                Verifier(old).verify(attempt.body, headers)
        else:
            Verifier(old).verify(attempt.body, headers)
        deliveries.settle(attempt, Outcome(200))


def test_only_wanted_events_are_sent(
    receiver: Receiver, webhook: Webhook, courier: Courier
) -> None:
    Webhook.objects.update(kinds=["prime.found"], search=3)
    record("a", search=3)
    record("b", search=4, kind="prime.found")
    record("c", kind="prime.found")
    record("d", search=3, kind="prime.found")
    wait_until(lambda: states() == ["delivered"])
    assert receiver.sequences() == [4]
    webhook.refresh_from_db()
    assert webhook.cursor == 4


def test_a_receiver_that_is_down_gets_everything_in_order_when_it_is_back(
    receiver: Receiver, webhook: Webhook, courier: Courier
) -> None:
    receiver.mode("500")
    for number in range(6):
        record(number, search=1 + number % 2)
    wait_until(lambda: len(receiver.got()) >= 6)
    receiver.mode("200")
    wait_until(lambda: states() == ["delivered"] * 6)
    taken = [
        json.loads(each["body"]) for each in receiver.got() if each["mode"] == "200"
    ]
    for search in (1, 2):
        ours = [each["sequence"] for each in taken if each["search"] == search]
        assert ours == sorted(ours) and len(ours) == 3
    refused = {
        json.loads(each["body"])["sequence"]
        for each in receiver.got()
        if each["mode"] == "500"
    }
    assert refused == {1, 2}  # those behind the first of their search were not sent
    assert audits.broken() == {}


def test_a_slow_receiver_delays_nobody_else(
    receiver: Receiver, webhook: Webhook, courier: Courier, tmp_path: Path
) -> None:
    slow = Receiver(tmp_path / "slow")
    slow.mode("slow")
    try:
        Webhook.objects.create(name="slow", url=slow.url())
        for number in range(40):
            record(number, search=number + 1)
        wait_until(lambda: states(webhook=webhook) == ["delivered"] * 40)
        assert "delivered" not in states(webhook__name="slow")
    finally:
        slow.stop()


def test_after_the_limit_an_event_is_dead_the_next_one_goes_and_it_can_be_replayed(
    receiver: Receiver, webhook: Webhook, courier: Courier, settings: Any
) -> None:
    settings.WEBHOOK_ATTEMPTS = 3
    receiver.mode("404")
    record("a", search=1)
    wait_until(lambda: states() == ["dead"])
    assert len(receiver.got()) == 3
    (dead,) = Delivery.objects.all()
    assert (dead.answer, dead.failures, dead.attempts) == ("HTTP 404", 3, 3)
    receiver.mode("200")
    record("b", search=1)
    wait_until(lambda: states() == ["dead", "delivered"])
    assert deliveries.replay(dead.pk)
    wait_until(lambda: states() == ["delivered", "delivered"])
    assert receiver.sequences() == [1, 1, 1, 2, 1]


def test_a_courier_killed_between_sending_and_marking_sends_again(
    receiver: Receiver, webhook: Webhook, database_url: Callable[[], str]
) -> None:
    """The event arrives, the process dies, another one sends it again."""
    record("a")
    killed = subprocess.run(
        [sys.executable, "-c", _DIES_BEFORE_MARKING],
        cwd=ROOT,
        env=environment(
            configuration.HOME,
            DATABASE_URL=database_url(),
            REDIS_URL=configuration.BELL_URL,
            DARKREACH_WEBHOOK_NETWORKS="127.0.0.0/8",
        ),
        check=False,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL
    assert receiver.sequences() == [1]
    assert states() == ["waiting"]
    assert deliveries.claim(9) == []  # for a minute it may still be on its way
    (attempt,) = deliveries.claim(9, now=later(seconds=61))
    assert attempt.epoch == 2
    assert deliveries.settle(attempt, Outcome(200))
    assert states() == ["delivered"]
    assert audits.broken() == {}


_DIES_BEFORE_MARKING = """
import os, signal
import darkreach_site.celery
import django
django.setup()
from darkreach_site.webhooks import courier, deliveries
deliveries.settle = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
thread = courier.Courier()
thread.start()
thread.join(50)
"""


def test_an_outcome_that_comes_late_changes_nothing(webhook: Webhook) -> None:
    record("a")
    deliveries.fan_out()
    (first,) = deliveries.claim(9)
    (second,) = deliveries.claim(9, now=later(seconds=61))
    assert not deliveries.settle(first, FAILED)
    assert deliveries.settle(second, Outcome(204))
    assert not deliveries.settle(first, FAILED)
    assert not deliveries.settle(second, FAILED)
    assert states() == ["delivered"]


def test_many_couriers_at_once_begin_each_attempt_once(webhook: Webhook) -> None:
    for number in range(20):
        record(number, search=number + 1)
    begun: list[int] = []

    def work() -> None:
        try:
            for _ in range(5):
                deliveries.fan_out()
                begun.extend(each.delivery for each in deliveries.claim(9, share=9))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    while more := deliveries.claim(9, share=9):
        begun.extend(each.delivery for each in more)
    assert len(begun) == len(set(begun)) == 20
    assert Delivery.objects.count() == 20


def test_a_paused_webhook_goes_on_where_it_stood(webhook: Webhook) -> None:
    Webhook.objects.update(active=False)
    record("a")
    assert deliveries.fan_out() == 0
    Webhook.objects.update(active=True)
    assert deliveries.fan_out() == 1
    Webhook.objects.update(active=False)
    assert deliveries.claim(9) == []


def test_a_long_queue_waits_as_a_cursor(
    webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "MOST_WAITING", 4)
    for number in range(7):
        record(number)
    assert [deliveries.fan_out(), deliveries.fan_out()] == [4, 0]
    Delivery.objects.update(state="delivered")
    assert deliveries.fan_out() == 3


def test_rests_grow_to_an_hour_and_are_not_all_the_same() -> None:
    for failures in range(1, 60):
        longest = min(3600, 10 * 2 ** (failures - 1))
        rests = [deliveries.rest(failures) for _ in range(50)]
        assert all(longest / 2 <= each <= longest for each in rests)
        assert len(set(rests)) > 1


def test_a_busy_receiver_is_left_alone_as_long_as_it_says(webhook: Webhook) -> None:
    record("a")
    deliveries.fan_out()
    (attempt,) = deliveries.claim(9)
    now = ledger_now()
    deliveries.settle(attempt, Outcome(503, wait=1800.0), now)
    assert Delivery.objects.get().next_at == now + timedelta(seconds=1800)


def test_what_was_delivered_long_ago_is_forgotten(webhook: Webhook) -> None:
    record("a")
    record("b")
    deliveries.fan_out()
    for state in ("delivered", "dead"):
        row = Delivery.objects.filter(state="waiting").earliest("sequence")
        row.state, row.delivered_at = state, ledger_now()
        row.save()
    assert deliveries.forget_old() == 0
    assert deliveries.forget_old(later(days=31)) == 1
    assert states() == ["dead"]


HOSTILE = '<script>alert("x")</script>'


def test_operators_name_webhooks_see_the_secret_and_replay(
    operator: Client, bell: object
) -> None:
    record("before")
    form = {"name": HOSTILE, "url": "https://hooks.example/", "active": "on"}
    form["kinds"] = "prime.found"
    assert operator.post("/admin/webhooks/webhook/add/", form).status_code == 302
    webhook = Webhook.objects.get()
    assert (webhook.kinds, webhook.cursor) == (["prime.found"], 1)
    place = f"/admin/webhooks/webhook/{webhook.pk}/change/"
    page = operator.get(place).content.decode()
    assert webhook.secret.replace("+", "&#x2B;") in page or webhook.secret in page
    form["url"] = "http://2130706433/"
    assert operator.post(place, form).status_code == 200
    record("b", kind="prime.found")
    deliveries.fan_out()
    Delivery.objects.update(state="dead", answer=HOSTILE)
    for model in ("webhook", "delivery"):
        assert HOSTILE not in operator.get(f"/admin/webhooks/{model}/").content.decode()
    chosen = {"action": "replay", "_selected_action": str(Delivery.objects.get().pk)}
    operator.post("/admin/webhooks/delivery/", chosen)
    assert states() == ["waiting"]
    Delivery.objects.update(state="dead")
    chosen = {"action": "replay_dead", "_selected_action": str(webhook.pk)}
    operator.post("/admin/webhooks/webhook/", chosen)
    assert states() == ["waiting"]
    chosen["action"] = "exchange_secret"
    operator.post("/admin/webhooks/webhook/", chosen)
    old, webhook.secret = webhook.secret, ""
    webhook.refresh_from_db()
    assert webhook.old_secret == old != webhook.secret


def test_nobody_else_sees_webhooks(client: Client, django_user_model: Any) -> None:
    reader = django_user_model.objects.create_user("reader", is_staff=True)
    client.force_login(reader)
    for model in ("webhook", "delivery"):
        assert client.get(f"/admin/webhooks/{model}/").status_code == 403
