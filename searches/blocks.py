"""Cutting the stages of a search into blocks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from django.conf import settings
from django.db.models import Exists, OuterRef

from darkreach.sieve.balance import primes_between
from searches import canaries, estimates
from searches.models import Block, Candidate, Search

# Positions of one block of the first sieve pass, and of a small one.
SPAN = 1_000_000
_SMALLEST_SPAN = 20_000
# Seconds that such a block may take where nobody knows.
_FIRST_ESTIMATE = 60.0
# Enough blocks that a handful of workers share even a short stage.
_FEWEST_BLOCKS = 8
# Candidates that are looked at when test blocks are cut ahead of time.
_AHEAD = 200_000
# Ready blocks of a stage that are worth cutting: as many as twice those that are being
# done, at least so many; few while nobody knows how long a test takes.
STOCK, _UNMEASURED_STOCK = 64, 16
_MOST_SIEVE_BLOCKS = 10_000
# Seconds of the shortest block of a deeper pass that is worth a lease.
_SHORTEST = 2.0
# One test is done ahead of the sieve where it is at most one of so many.
_PROBE_SHARE = 300
# Modular powers that verifying one certificate may take, with room to spare.
_VERIFICATION = 12
# Candidate ids in one statement.
_CHUNK = 2_000

# A found probable prime goes before all other work, a verification before that.
URGENCY = {"sieve": 0, "pm1": 1, "prp": 2, "prove": 8, "verify": 9}


def queue_of(search: Search, stage: str) -> str:
    """The Celery queue that serves a stage for the hardware the search wants."""
    wanted = search.hardware_class
    return f"{stage}.{wanted}" if wanted else stage


def create_first_pass(
    search: Search, now: datetime, speeds: estimates.Speeds | None = None
) -> None:
    """Sieve blocks over spans of positions by the small primes."""
    p_max = min(search.sieve_limit, estimates.FIRST_PASS)
    one = (speeds or {}).get(("sieve", estimates.SPAN_CLASS))
    span = SPAN
    if one and one * SPAN > settings.TARGET_SECONDS:
        span = max(int(settings.TARGET_SECONDS / one), min(_SMALLEST_SPAN, SPAN))
    Block.objects.bulk_create(
        Block(
            search=search,
            stage="sieve",
            queue=queue_of(search, "sieve"),
            urgency=URGENCY["sieve"],
            first=first,
            count=min(span, search.size - first),
            p_min=2,
            p_max=p_max,
            estimate=one * min(span, search.size - first) if one else _FIRST_ESTIMATE,
            created_at=now,
        )
        for first in range(0, search.size, span)
    )


def create_deeper_pass(
    search: Search,
    primes: tuple[int, int],
    prime_seconds: float,
    spans: list[tuple[int, int]],
    now: datetime,
) -> None:
    """Sieve blocks that cover the primes low..high for each span (first, count).

    prime_seconds: what one prime costs against all candidates that are left.
    """
    low, last = primes
    one = max(prime_seconds, 1e-9) / len(spans)
    whole = primes_between(low, last) * one
    target = min(settings.TARGET_SECONDS, max(whole / _FEWEST_BLOCKS, _SHORTEST))
    seconds = max(target, whole * len(spans) / _MOST_SIEVE_BLOCKS)
    new = []
    while low <= last:
        high = min(last, low + int(seconds / one * math.log(low)))
        if last - high < (high - low) // 4:
            high = last
        new += [
            Block(
                search=search,
                stage="sieve",
                queue=queue_of(search, "sieve"),
                first=first,
                count=count,
                p_min=low,
                p_max=high,
                estimate=seconds,
                created_at=now,
            )
            for first, count in spans
        ]
        low = high + 1
    Block.objects.bulk_create(new, batch_size=_CHUNK)


def create_probe(search: Search, speeds: estimates.Speeds, now: datetime) -> bool:
    """Test one candidate of middling size ahead of the sieve, where nobody knows yet
    how long a test of its size takes and there are many of them."""
    if Block.objects.filter(search=search, stage="prp").exists():
        return False
    waiting = Candidate.objects.filter(search=search, state="open", block=None)
    count = waiting.count()
    if count < _PROBE_SHARE:
        return False
    rows = waiting.order_by("bits", "id").values_list("id", "bits")
    pk, bits = rows[count // 2]
    if estimates.nearest("prp", bits, speeds) == estimates.size_class(bits):
        return False
    estimate = estimates.seconds("prp", bits, speeds)
    hold(_block(search, "prp", 1, estimate, now), [pk])
    return True


def create_tests(
    search: Search, stage: str, speeds: estimates.Speeds, now: datetime
) -> int:
    """Blocks of `pm1` or `prp` for untested candidates, smallest numbers first.

    Not for all of them at once: what is learned from the first blocks makes the others
    last as long as they should. Returns how many candidates were put into blocks.
    """
    waiting = Candidate.objects.filter(search=search, state="open", block=None)
    if stage == "pm1":
        waiting = waiting.filter(pm1_done=False)
    ordered = waiting.order_by("bits", "id").values_list("id", "bits")
    first = ordered.first()
    room = _room(search, stage, first[1], speeds) if first else 0
    if room == 0:
        return 0
    put = 0
    rows, known = list(ordered[:_AHEAD]), {}
    # Those that there is room for; canaries come in proportion to them.
    rows = rows[: sum(len(ids) for ids, _ in islice(cut(rows, stage, speeds), room))]
    if stage == "prp":
        rows, known = canaries.mixed_in(search, rows)
    for ids, estimate in cut(rows, stage, speeds):
        block = _block(search, stage, len(ids), estimate, now)
        hold(block, ids)
        for state in set(known.values()):
            hold(block, [pk for pk in ids if known.get(pk) == state], state)
        put += len(ids)
    return put


def _room(search: Search, stage: str, bits: int, speeds: estimates.Speeds) -> int:
    """How many more blocks of a stage to cut now; 0 while half of them are left."""
    blocks = Block.objects.filter(search=search, stage=stage, purpose="first")
    ready = blocks.filter(state="ready").count()
    if estimates.nearest(stage, bits, speeds) == estimates.size_class(bits):
        most = max(STOCK, 2 * blocks.filter(state="leased").count())
    else:
        most = _UNMEASURED_STOCK
    return most - ready if 2 * ready <= most else 0


def create_proofs(search: Search, speeds: estimates.Speeds, now: datetime) -> bool:
    """`prove` blocks, ahead of everything else, for probable primes that need one.

    A number that a block of another search is proving already is left to it.
    """
    proving = Candidate.objects.filter(
        key=OuterRef("key"), block__state__in=["ready", "leased"]
    )
    due = Candidate.objects.filter(
        search=search, state="probable", block=None, proof_given_up=False
    ).filter(~Exists(proving), owed="", unweighed=False)
    rows = list(due.order_by("bits", "id").values_list("id", "bits"))
    for ids, estimate in cut(rows, "prove", speeds, fewest=1):
        hold(_block(search, "prove", len(ids), estimate, now), ids, state="probable")
    return bool(rows)


def create_verification(search: Search, sizes: list[int], now: datetime) -> Block:
    """A block in which a coordinator verifies certificates of numbers of these bits.

    A verification is a few long calls that show no progress: its estimate is generous.
    """
    estimate = sum(_VERIFICATION * estimates.seconds("prp", bits) for bits in sizes)
    return Block.objects.create(
        search=search,
        stage="prove",
        purpose="verify",
        queue="coordinator",
        urgency=URGENCY["verify"],
        count=len(sizes),
        estimate=max(estimate, settings.TARGET_SECONDS),
        created_at=now,
    )


def hold(block: Block, candidate_ids: list[int], state: str = "open") -> None:
    """Put candidates into a block; each is in at most one block at a time."""
    for start in range(0, len(candidate_ids), _CHUNK):
        chunk = candidate_ids[start : start + _CHUNK]
        Candidate.objects.filter(pk__in=chunk, state=state, block=None).update(
            block=block
        )


def _block(
    search: Search, stage: str, count: int, estimate: float, now: datetime
) -> Block:
    return Block.objects.create(
        search=search,
        stage=stage,
        queue=queue_of(search, stage),
        urgency=URGENCY[stage],
        count=count,
        estimate=estimate,
        created_at=now,
    )


def cut(
    rows: list[tuple[int, int]],
    stage: str,
    speeds: estimates.Speeds,
    fewest: int = _FEWEST_BLOCKS,
) -> Iterable[tuple[list[int], float]]:
    """Split (id, bits) rows into pieces of about the target duration."""
    sizes = {bits for _, bits in rows}
    costs = {bits: estimates.seconds(stage, bits, speeds) for bits in sizes}
    whole = sum(costs[bits] for _, bits in rows)
    target = min(settings.TARGET_SECONDS, whole / fewest + 1e-9)
    piece: list[int] = []
    cost = 0.0
    for pk, bits in rows:
        piece.append(pk)
        cost += costs[bits]
        if cost >= target:
            yield piece, cost
            piece, cost = [], 0.0
    if piece:
        yield piece, cost
