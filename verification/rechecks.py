"""Ordering further tests: of composites a second one, of probable primes one to another
base, of disputed numbers one more until two agree.

Each goes to a host that has not tested the number, wherever another could do it
(`claim` in fleet/sql), on other arithmetic than all tests before. Third tests decide
between hosts, so a coordinator makes them.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from searches import blocks, estimates, pipeline, states
from searches.clock import ledger_now
from searches.models import Block, Candidate, Search
from searches.work import order_of
from verification import certifying, judging, residues
from verification.models import Prime
from verification.weighing import Standing, weigh

#: Unfinished blocks of further tests in one search, so that claims find others quickly.
_MOST_BLOCKS = 64
#: Numbers looked at in one round.
_ROUND = 20_000
#: Tests of a host without trust that are repeated at a time.
_SAMPLE = 20

_PURPOSE = {
    ("composite", "trust"): "double",
    ("composite", "double-checked"): "double",
    ("probable", "retest"): "retest",
    ("disputed", "third"): "third",
}


_PURPOSES = sorted(set(_PURPOSE.values()))


@dataclass(frozen=True)
class Kind:
    """What makes further tests fit into one block."""

    purpose: str
    excluded: tuple[str, ...]
    variant: int
    path: int


def advance(
    search_id: int, speeds: estimates.Speeds | None = None, now: datetime | None = None
) -> bool:
    """What a coordinator does for a search: weigh what came in, order the further tests
    that are due, let the search go on. True if there was anything to do."""
    now = now or ledger_now()
    certified = certifying.advance(search_id, speeds, now)
    weighed = judging.weigh_search(search_id, now)
    ordered = order(search_id, speeds or {}, now)
    return pipeline.advance(search_id, speeds, now) or ordered or weighed or certified


def order(search_id: int, speeds: estimates.Speeds, now: datetime) -> bool:
    """Blocks for what the search's numbers owe. True if there were any to make."""
    owing = Candidate.objects.filter(search=search_id, block=None).exclude(owed="")
    if not owing.exists():
        return False
    with transaction.atomic():
        running = Search.objects.select_for_update().filter(state="running")
        search = running.filter(pk=search_id).first()
        if search is None:
            return False
        return _order(search, owing, speeds, now)


def _order(
    search: Search, owing: QuerySet[Candidate], speeds: estimates.Speeds, now: datetime
) -> bool:
    unfinished = Block.objects.filter(
        search=search, purpose__in=_PURPOSES, state__in=states.UNFINISHED_BLOCK
    )
    room = _MOST_BLOCKS - unfinished.count()
    held = Candidate.objects.filter(
        key=OuterRef("key"), block__state__in=states.UNFINISHED_BLOCK
    )
    due = owing.filter(~Exists(held))
    rows = list(due.exclude(owed="trust").order_by("bits", "id")[:_ROUND])
    rows += _samples(due.filter(owed="trust"), unfinished)
    made = False
    for kind, group in _by_kind(search, rows).items():
        sizes = [(row.pk, row.bits) for row in group]
        for ids, estimate in blocks.cut(sizes, "prp", speeds, fewest=1):
            if room <= 0:
                return made
            _make(search, kind, ids, estimate, group[0].state, now)
            room -= 1
            made = True
    return made


def _samples(
    waiting: QuerySet[Candidate], unfinished: QuerySet[Block]
) -> list[Candidate]:
    """Of each host without trust a few tests, if none of it are being repeated now."""
    busy = {host for names in unfinished.values_list("excluded") for host in names[0]}
    chosen: list[Candidate] = []
    for host in set(waiting.values_list("tester", flat=True).distinct()) - busy:
        ids = list(waiting.filter(tester=host).values_list("id", flat=True)[:_ROUND])
        some = random.SystemRandom().sample(ids, min(_SAMPLE, len(ids)))
        chosen += Candidate.objects.filter(pk__in=some).order_by("bits", "id")
    return chosen


def _by_kind(search: Search, rows: list[Candidate]) -> dict[Kind, list[Candidate]]:
    order = order_of(search)
    members = {row.pk: [n.key for n in order.members(row.index)] for row in rows}
    keys = {key for group in members.values() for key in group}
    standing = residues.standing(keys)
    primes = set(Prime.objects.filter(key__in=keys).values_list("key", flat=True))
    kinds: dict[Kind, list[Candidate]] = defaultdict(list)
    for row in rows:
        purpose = _PURPOSE.get((row.state, row.owed))
        if purpose is None:
            continue
        seen = {key: standing.get(key, []) for key in members[row.pk]}
        kinds[_kind(purpose, seen, primes)].append(row)
    return kinds


def _kind(purpose: str, seen: dict[str, list[Standing]], primes: set[str]) -> Kind:
    every = [residue for group in seen.values() for residue in group]
    variant = 0
    if purpose == "retest":
        variant = 1 + max((residue.variant for residue in every), default=0)
    if purpose == "third":
        findings = [weigh(group, key in primes, True) for key, group in seen.items()]
        variant = min((f.missing for f in findings if f.missing is not None), default=0)
    hosts = sorted({residue.host for residue in every})
    path = max((len(group) for group in seen.values()), default=0)
    return Kind(purpose, tuple(hosts), variant, max(path, 1))


def _make(
    search: Search,
    kind: Kind,
    ids: Iterable[int],
    estimate: float,
    state: str,
    now: datetime,
) -> None:
    """A second test waits its turn; what a prime or a dispute waits for, does not."""
    ids = list(ids)
    urgent = kind.purpose != "double"
    queue = blocks.queue_of(search, "prp")
    block = Block.objects.create(
        search=search,
        stage="prp",
        purpose=kind.purpose,
        queue="coordinator" if kind.purpose == "third" else queue,
        urgency=blocks.URGENCY["prove" if urgent else "prp"],
        count=len(ids),
        estimate=estimate,
        excluded=list(kind.excluded),
        variant=kind.variant,
        path=kind.path,
        created_at=now,
    )
    blocks.hold(block, ids, state=state)
