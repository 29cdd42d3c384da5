"""From the published sequence to the receivers: each event at least once.

Every change is conditional, so any number of couriers may work at the same time: the
cursor of a webhook moves only from where it was read, an attempt belongs to who counted
it, and its outcome only counts while nobody began another one.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from darkreach_site.webhooks import signing
from darkreach_site.webhooks.models import NO_SEARCH, Delivery, Webhook
from darkreach_site.webhooks.outcomes import Outcome
from fleet.relay import described
from searches.clock import ledger_now
from searches.models import OutboxEvent

#: Deliveries of one webhook that wait as rows; what comes later waits as its cursor.
MOST_WAITING = 500
#: A courier that says nothing for so long was killed: somebody else tries again.
LONGEST_ATTEMPT = timedelta(seconds=60)
#: Seconds of rest after the first failure, and at most.
FIRST_REST, LONGEST_REST = 10.0, 3600.0
#: What was delivered is remembered for so long.
KEPT = timedelta(days=30)
#: An exchanged secret is good for so long.
OLD_SECRET_LASTS = timedelta(hours=24)


@dataclass(frozen=True)
class Attempt:
    """One attempt to deliver: what is sent, and the epoch that fences its outcome."""

    delivery: int
    webhook: int
    epoch: int
    url: str
    body: bytes
    headers: dict[str, str]


def newest() -> int:
    """The last published number: where a new webhook begins."""
    numbers = OutboxEvent.objects.filter(sequence__isnull=False).order_by("-sequence")
    return numbers.values_list("sequence", flat=True).first() or 0


def fan_out(now: datetime | None = None) -> int:
    """Make deliveries of what was published since; returns how many."""
    made = 0
    for webhook in Webhook.objects.filter(active=True):
        waiting = Delivery.objects.filter(webhook=webhook, state="waiting").count()
        if waiting < MOST_WAITING:
            made += _advance(webhook, MOST_WAITING - waiting, now or ledger_now())
    return made


def _advance(webhook: Webhook, most: int, now: datetime) -> int:
    rows = OutboxEvent.objects.filter(sequence__gt=webhook.cursor).order_by("sequence")
    events = list(rows.only("sequence", "kind", "search")[:most])
    if not events:
        return 0
    wanted = [
        Delivery(
            webhook=webhook,
            sequence=event.sequence,
            search=NO_SEARCH if event.search is None else event.search,
            next_at=now,
        )
        for event in events
        if (not webhook.kinds or event.kind in webhook.kinds)
        and webhook.search in (None, event.search)
    ]
    with transaction.atomic():
        here = Webhook.objects.filter(pk=webhook.pk, cursor=webhook.cursor)
        if not here.update(cursor=events[-1].sequence):
            return 0  # another courier got there first
        Delivery.objects.bulk_create(wanted)
    return len(wanted)


def claim(
    most: int,
    share: int = 1,
    busy: Mapping[int, int] | None = None,
    now: datetime | None = None,
) -> list[Attempt]:
    """Begin up to so many attempts that are due: of each search of each webhook the
    first event that waits, so that no event overtakes another one of its search.

    share: attempts of one webhook at a time; busy: those that are being made.
    """
    now = now or ledger_now()
    taken = Counter(busy or {})
    full = [webhook for webhook, count in taken.items() if count >= share]
    due = _firsts().filter(next_at__lte=now, webhook__active=True)
    attempts = []
    for row in due.exclude(webhook__in=full).order_by("next_at", "id")[:most]:
        if taken[row.webhook_id] < share and (attempt := _begin(row, now)):
            taken[row.webhook_id] += 1
            attempts.append(attempt)
    return attempts


def _firsts() -> QuerySet[Delivery]:
    waiting = Delivery.objects.filter(state="waiting")
    earlier = waiting.filter(
        webhook=OuterRef("webhook"),
        search=OuterRef("search"),
        sequence__lt=OuterRef("sequence"),
    )
    return waiting.filter(~Exists(earlier)).select_related("webhook")


def _begin(row: Delivery, now: datetime) -> Attempt | None:
    """Count the attempt, and with it put off every other one; None: somebody else's."""
    ours = Delivery.objects.filter(
        pk=row.pk, state="waiting", attempts=row.attempts, next_at__lte=now
    )
    if not ours.update(attempts=F("attempts") + 1, next_at=now + LONGEST_ATTEMPT):
        return None
    event = OutboxEvent.objects.get(sequence=row.sequence)
    body = json.dumps(described(event)).encode("ascii")
    keys = _keys(row.webhook, now)
    headers = signing.headers(keys, f"event-{row.sequence}", int(time.time()), body)
    webhook = row.webhook
    return Attempt(row.pk, webhook.pk, row.attempts + 1, webhook.url, body, headers)


def _keys(webhook: Webhook, now: datetime) -> list[str]:
    keys = [webhook.secret]
    if webhook.old_secret_until is not None and now < webhook.old_secret_until:
        keys.append(webhook.old_secret)
    return keys


def settle(attempt: Attempt, outcome: Outcome, now: datetime | None = None) -> bool:
    """Write down how an attempt ended. False: a later one began, or it was settled."""
    now = now or ledger_now()
    ours = Delivery.objects.filter(
        pk=attempt.delivery, state="waiting", attempts=attempt.epoch
    )
    if outcome.delivered:
        changed = ours.update(state="delivered", delivered_at=now, answer=str(outcome))
        return bool(changed)
    with transaction.atomic():
        row = ours.select_for_update().first()
        if row is None:
            return False
        row.failures += 1
        row.answer = str(outcome)
        row.next_at = now + timedelta(
            seconds=max(rest(row.failures), _bounded(outcome))
        )
        if row.failures >= settings.WEBHOOK_ATTEMPTS:
            row.state = "dead"
        row.save(update_fields=["failures", "answer", "next_at", "state"])
    return True


def _bounded(outcome: Outcome) -> float:
    return min(outcome.wait, LONGEST_REST)


def rest(failures: int) -> float:
    """Seconds until the next attempt: twice as long after each failure, up to an hour,
    and by chance down to half of it, so that not all come back at once."""
    longest = min(LONGEST_REST, FIRST_REST * 2.0 ** min(failures - 1, 20))
    return longest * random.uniform(0.5, 1.0)


def replay(delivery: int, now: datetime | None = None) -> bool:
    """Send an event once more that was given up or delivered. False: it waits."""
    settled = Delivery.objects.filter(pk=delivery, state__in=("dead", "delivered"))
    return bool(
        settled.update(
            state="waiting", failures=0, next_at=now or ledger_now(), delivered_at=None
        )
    )


def exchange_secret(webhook: int, now: datetime | None = None) -> None:
    """A new secret; what is sent is signed by the old one too for a while."""
    now = now or ledger_now()
    Webhook.objects.filter(pk=webhook).update(
        secret=signing.new_secret(),
        old_secret=F("secret"),
        old_secret_until=now + OLD_SECRET_LASTS,
    )


def forget_old(now: datetime | None = None) -> int:
    """Remove what was delivered long ago; returns how many."""
    before = (now or ledger_now()) - KEPT
    old = Delivery.objects.filter(state="delivered", delivered_at__lt=before)
    return old.delete()[0]
