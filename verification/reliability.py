"""Who is trusted: what repeated tests said about a host, over the last thirty days.

The thresholds are those of design/definitions: ten confirmed tests in a row before a
result counts unrepeated, a share of repetitions that falls to the floor at a hundred,
everything repeated below a score of 0.80, full trust above 0.95. An error that was
proven takes all of it away.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from searches import control, outbox
from searches.batches import batches
from searches.models import Candidate
from verification.models import Confirmation, Refutation, Reliability
from verification.weighing import Finding, Standing

#: Older tests count less: after this time a third (1/e).
MEMORY = timedelta(days=30)
DOUBTED, TRUSTED = 0.80, 0.95
#: Confirmed tests in a row until trust begins, and until it is full.
FIRST, FULL = 10, 100
#: Proven errors within the memory that end the trust in a host.
ERRORS_TO_QUARANTINE = 3
_ROUNDING = 0.1
#: States of candidates that rest on residues.
WEIGHED = ("composite", "probable", "disputed")

#: Unpredictable for those who are checked.
chance = random.SystemRandom().random


@dataclass(frozen=True)
class Trust:
    """How results of a host are treated: the share that is repeated whatever happens,
    and the share that is repeated unless the host earns trust first."""

    host: str
    floor: float
    probation: float

    def owed(self) -> str:
        """Drawn anew for each result: what it still lacks at level `single`."""
        draw = chance()
        if draw < self.floor:
            return "double-checked"
        if draw >= self.probation:
            return ""
        return "trust" if self.probation == 1.0 else "double-checked"


def score(row: Reliability, now: datetime) -> float | None:
    """The share of its repeated tests that were confirmed; None: none were repeated."""
    total = row.good + row.bad
    if total == 0 or now - row.as_of > 10 * MEMORY:
        return None
    return row.good / total


def trust(host: str, now: datetime) -> Trust:
    """What the evidence so far says about the host."""
    row = Reliability.objects.filter(pk=host).first()
    if row is None:
        return Trust(host, settings.RECHECK_SHARE, 1.0)
    share = score(row, now)
    if row.quarantined_at is not None or (share is not None and share < DOUBTED):
        return Trust(host, 1.0, 1.0)
    return Trust(host, settings.RECHECK_SHARE, _probation(row, share))


def _probation(row: Reliability, share: float | None) -> float:
    if share is None or share <= TRUSTED or row.streak < FIRST:
        return 1.0
    return 0.0 if row.streak >= FULL else 1.0 / row.streak


@dataclass
class Lessons:
    """Residues that were shown to be right or wrong, by their ids."""

    confirmed: dict[int, Standing] = field(default_factory=dict)
    refuted: dict[int, Standing] = field(default_factory=dict)
    #: Of the wrong ones those that hid a prime.
    hiding: set[int] = field(default_factory=set)

    def add(self, finding: Finding) -> None:
        self.confirmed |= {residue.id: residue for residue in finding.confirmed}
        self.refuted |= {residue.id: residue for residue in finding.refuted}
        if finding.state == "probable":
            self.hiding |= {r.id for r in finding.refuted if r.composite}


def learn(lessons: Lessons, now: datetime) -> None:
    """Keep what was shown, once for each residue, and note it with the hosts.

    The rows of the hosts are taken first, in one order: two who learn at the same time
    neither wait for each other nor count anything twice.
    """
    every = [*lessons.confirmed.values(), *lessons.refuted.values()]
    hosts = sorted({residue.host for residue in every})
    if not hosts:
        return
    Reliability.objects.bulk_create(
        [Reliability(host=host, as_of=now) for host in hosts], ignore_conflicts=True
    )
    rows = Reliability.objects.select_for_update().filter(pk__in=hosts)
    held = list(rows.order_by("host"))
    right = _new(Confirmation, lessons.confirmed)
    wrong = _new(Refutation, lessons.refuted)
    Confirmation.objects.bulk_create(
        Confirmation(residue_id=residue.id, created_at=now) for residue in right
    )
    Refutation.objects.bulk_create(
        Refutation(residue_id=residue.id, reason=_reason(residue), created_at=now)
        for residue in wrong
    )
    good = Counter(residue.host for residue in right)
    bad: dict[str, list[Standing]] = defaultdict(list)
    for residue in wrong:
        bad[residue.host].append(residue)
    for row in held:
        _learn_about(row, good[row.host], bad[row.host], lessons.hiding, now)
    weigh_tuples([residue.expression for residue in wrong])


def weigh_tuples(expressions: list[str]) -> int:
    """Have candidates of several members weighed that rest on residues of one of them
    which count no more; returns how many."""
    if not Candidate.objects.filter(expression__contains=",").exists():
        return 0
    count = 0
    for piece in batches(expressions, 50):
        named = Q()
        for expression in piece:
            named |= Q(expression__contains=expression)
        tuples = Candidate.objects.filter(named, expression__contains=",")
        count += tuples.filter(state__in=WEIGHED).update(unweighed=True)
    return count


def _new(
    model: type[Confirmation | Refutation], residues: dict[int, Standing]
) -> list[Standing]:
    known: set[int] = set()
    for piece in batches(sorted(residues)):
        rows = model.objects.filter(residue__in=piece)
        known.update(rows.values_list("residue_id", flat=True))
    return [residue for pk, residue in residues.items() if pk not in known]


def _reason(residue: Standing) -> str:
    if residue.composite:
        return f"RES64 {residue.res64} is not what others found, or the number is prime"
    return f"called {residue.verdict}, and is composite"


def _learn_about(
    row: Reliability, good: int, wrong: list[Standing], hiding: set[int], now: datetime
) -> None:
    faded = math.exp(-max((now - row.as_of) / MEMORY, 0.0))
    row.good, row.bad, row.as_of = row.good * faded, row.bad * faded, now
    if wrong:
        row.good, row.streak, row.bad = 0.0, 0, row.bad + len(wrong)
        _doubt(row, wrong, hiding, now)
    else:
        row.good, row.streak = row.good + good, row.streak + good
        if _probation(row, score(row, now)) < 1.0:
            _of(row.host).filter(owed="trust").update(owed="")
    row.save()


def _doubt(
    row: Reliability, wrong: list[Standing], hiding: set[int], now: datetime
) -> None:
    """What the host did lately and nobody repeated is repeated now.

    Nobody calls a composite prime by accident, and accidents that met just one of the
    few primes are less likely than intent.
    """
    recent = _of(row.host).filter(evidence="single", settled_at__gte=now - MEMORY)
    repeat(recent, now)
    meant = any(not r.composite or r.id in hiding for r in wrong)
    enough = meant or row.bad > ERRORS_TO_QUARANTINE - _ROUNDING
    if enough and row.quarantined_at is None:
        worst = min(wrong, key=lambda residue: (residue.composite, residue.id))
        row.quarantined_at = now
        row.reason = f"{len(wrong)} wrong results at once: {worst.expression[:60]} " + (
            _reason(worst)
        )
        row.reason = row.reason[:200]
        outbox.record("host.quarantined", row.host, now, reason=row.reason)


def _of(host: str) -> QuerySet[Candidate]:
    return Candidate.objects.filter(tester=host)


def repeat(composites: QuerySet[Candidate], now: datetime) -> int:
    """Order a second test of these composites, in finished searches too."""
    rows = composites.filter(state="composite", owed__in=("", "trust"))
    searches = sorted(set(rows.values_list("search_id", flat=True).distinct()))
    count = rows.update(owed="double-checked")
    for search in searches:
        control.reopen(search, now)
    return count


def pardon(host: str) -> bool:
    """An operator lifts the quarantine; the host begins anew, without any trust."""
    return bool(
        Reliability.objects.filter(pk=host, quarantined_at__isnull=False).update(
            quarantined_at=None, reason="", good=0.0, bad=0.0, streak=0
        )
    )
