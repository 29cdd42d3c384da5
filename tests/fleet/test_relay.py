"""Events are published in a sequence without gaps, whatever order they commit in."""

from __future__ import annotations

import json
import threading
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, connections, transaction

from fleet import bell as the_bell
from fleet import relay
from searches import control, outbox
from searches.clock import ledger_now
from searches.models import OutboxEvent
from tests.hunts import placed

pytestmark = pytest.mark.django_db(transaction=True)


def record(subject: object, **more: object) -> None:
    with transaction.atomic():
        outbox.record("test.told", subject, ledger_now(), **more)  # type: ignore[arg-type]


def published() -> list[tuple[int, str]]:
    rows = OutboxEvent.objects.filter(sequence__isnull=False).order_by("sequence")
    return list(rows.values_list("sequence", "subject"))


def test_the_sequence_has_no_gaps_and_nothing_is_published_twice(bell: object) -> None:
    for subject in "abc":
        record(subject)
    assert relay.publish() == 3
    record("d")
    assert relay.publish() == 1
    assert relay.publish() == 0
    assert published() == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]


def test_a_transaction_that_rolls_back_leaves_no_event_and_no_gap(bell: object) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        outbox.record("test.told", "never", ledger_now())
        raise RuntimeError
    record("a")
    relay.publish()
    assert published() == [(1, "a")]


def test_an_event_whose_transaction_commits_late_is_published_after_the_others(
    bell: object,
) -> None:
    if connection.vendor != "postgresql":
        # SQLite lets one transaction write at a time: the row gets its id late.
        record("second")
        record("first")
    else:
        began, may_commit = threading.Event(), threading.Event()

        def slow() -> None:
            with transaction.atomic():
                outbox.record("test.told", "first", ledger_now())
                began.set()
                may_commit.wait(20)
            connections.close_all()

        thread = threading.Thread(target=slow)
        thread.start()
        assert began.wait(20)
        record("second")
        relay.publish()
        assert published() == [(1, "second")]
        may_commit.set()
        thread.join(20)
        late, early = (OutboxEvent.objects.get(subject=s) for s in ("first", "second"))
        assert late.pk < early.pk
    relay.publish()
    assert published() == [(1, "second"), (2, "first")]


def test_many_relays_at_once_number_every_event_once(bell: object) -> None:
    total = 60

    def publish_until_done() -> None:
        while OutboxEvent.objects.filter(sequence__isnull=False).count() < total:
            relay.publish()
        connections.close_all()

    relays = [threading.Thread(target=publish_until_done) for _ in range(3)]
    for each in relays:
        each.start()
    for number in range(total):
        record(number)
    for each in relays:
        each.join(60)
    assert [sequence for sequence, _ in published()] == list(range(1, total + 1))


def test_an_event_that_is_not_due_waits_and_leaves_no_gap(bell: object) -> None:
    now = ledger_now()
    record("embargoed", due_at=now + timedelta(hours=24))
    record("at once")
    relay.publish(now)
    assert published() == [(1, "at once")]
    relay.publish(now + timedelta(hours=25))
    assert published() == [(1, "at once"), (2, "embargoed")]


def test_what_is_published_is_told_on_the_bell(bell: object) -> None:
    listener = the_bell.client().pubsub(ignore_subscribe_messages=True)
    listener.subscribe(the_bell.EVENTS)
    listener.get_message(timeout=1)
    record("a", search=7, digits=12)
    relay.publish()
    message = listener.get_message(timeout=5)
    assert message is not None
    told = json.loads(message["data"])
    assert (told["sequence"], told["subject"], told["search"]) == (1, "a", 7)
    assert told["data"] == {"digits": 12}
    listener.close()


def published_soon() -> bool:
    """Within a time in which nothing but a ring makes the relay look."""
    until = time.monotonic() + 3
    while not published() and time.monotonic() < until:
        time.sleep(0.05)
    return bool(published())


def test_a_commit_wakes_the_relay_thread(bell: object) -> None:
    thread = relay.Relay()
    thread.start()
    try:
        record("a")
        until = time.monotonic() + 60
        while not published_soon():
            # A ring may be lost on a machine that stands still: the next commit rings.
            assert time.monotonic() < until
            record("b")
        assert published()[0] == (1, "a")
    finally:
        thread.stop()
        record("to wake it")
        thread.join(10)


def test_without_a_bell_events_are_numbered_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "BELL_URL", "redis://127.0.0.1:1/0")
    the_bell.client.cache_clear()
    try:
        record("a")
        assert relay.publish() == 1
    finally:
        the_bell.client.cache_clear()
        monkeypatch.setattr(the_bell, "_silent_until", 0.0)


def test_the_events_of_a_search_name_it(bell: object) -> None:
    search = placed("3*2^n+1", n="1:50")
    control.pause(search.pk)
    relay.publish()
    kinds = OutboxEvent.objects.filter(search=search.pk).order_by("sequence")
    names = list(kinds.values_list("kind", flat=True))
    assert names == ["search.placed", "search.paused"]
