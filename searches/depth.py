"""How deep a search is sieved: by the operator's word, or as long as it pays.

An automatic sieve goes in rounds of primes. Before each the figures are taken from the
ledger: seconds and removals of the accepted blocks, measured seconds of a test. The
rule is in `darkreach.sieve.balance`; what it said is kept on the search.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Avg, Count, F, Max, Sum

from darkreach.sieve.balance import Balance, Range, balance, measure
from searches import blocks, estimates
from searches.models import Block, Candidate, Search
from searches.work import alive, order_of

# Candidates of one sieve block; more of them are cut into spans.
MOST_ALIVE = 4_000_000
# Sizes of numbers are looked at in so many steps.
_SIZES = 16
_EULER = 1.781


def go_deeper(search: Search, speeds: estimates.Speeds, now: datetime) -> bool:
    """Create the next sieve blocks, if any are due, or note that the sieve has ended.
    Called when no sieve block of the search is unfinished."""
    if search.sieve_automatic:
        return _next_round(search, speeds, now)
    low = start(search)
    if search.sieve_limit < low or _deeper(search).exists():
        return False
    cost = _expected_prime_seconds(search)
    _create(search, (low, search.sieve_limit), cost, now)
    return True


def start(search: Search) -> int:
    """The least prime of the deeper passes."""
    return max(estimates.FIRST_PASS, search.sieved_elsewhere) + 1


def _next_round(search: Search, speeds: estimates.Speeds, now: datetime) -> bool:
    if search.sieve_figures.get("ended"):
        return False
    found, test_measured = _look(search, speeds)
    figures = _kept(found) | {"test_measured": test_measured}
    figures["ended"] = not found.goes_on or not _may_go_on(search)
    figures["reason"] = _reason(found, figures["ended"])
    search.sieve_figures = figures
    if not figures["ended"]:
        low = max(found.depth + 1, start(search))
        blocks.create_probe(search, speeds, now)
        _create(search, (low, found.next_depth), found.prime_seconds, now)
        search.sieve_limit = found.next_depth
    search.save(update_fields=["sieve_figures", "sieve_limit"])
    return not figures["ended"]


def forecast(prime_seconds: float) -> dict[str, Any]:
    """The figures of a search that is placed: what planning expects."""
    return {"prime_seconds": prime_seconds, "ended": False}


def _may_go_on(search: Search) -> bool:
    """A first pass that ended before its usual limit was expected to be enough."""
    return max(search.sieve_limit, search.sieved_elsewhere) >= estimates.FIRST_PASS


def _look(search: Search, speeds: estimates.Speeds) -> tuple[Balance, bool]:
    """The balance now, and whether the tests in it were measured."""
    depth = max(search.sieve_limit, search.sieved_elsewhere)
    one = gain(search, depth, speeds)
    members = order_of(search).member_count
    measured = measure(_ranges(search), one.numbers, members)
    if measured is not None:
        prime_seconds = measured.prime_seconds
    elif one.numbers and _may_go_on(search):
        prime_seconds = _expected_prime_seconds(search)
    else:
        prime_seconds = float(search.sieve_figures.get("prime_seconds", 1e-6))
    found = balance(depth, one.numbers, members, one.seconds, prime_seconds, measured)
    return found, one.measured


def _expected_prime_seconds(search: Search) -> float:
    # Brings the compiler with it, which most processes that import this never need.
    from darkreach.sieve import depth

    return depth.remaining_seconds_per_prime(order_of(search), alive(search))


def _ranges(search: Search) -> Iterable[Range]:
    """The ranges of primes beyond the first pass, the spans of each put together."""
    done = _deeper(search).filter(state="done", prime_seconds__isnull=False)
    rows = done.values("p_min").annotate(
        p_max=Max("p_max"), one=Sum("prime_seconds"), gone=Sum("removed")
    )
    for row in rows.order_by("p_min"):
        yield Range(row["p_min"], row["p_max"], row["one"], row["gone"])


def _deeper(search: Search) -> Any:
    return Block.objects.filter(search=search, stage="sieve", p_min__gt=2)


@dataclass(frozen=True)
class Gain:
    """How many candidates are left, the mean seconds that removing one saves, and
    whether these are measured."""

    numbers: int
    seconds: float
    measured: bool


def gain(search: Search, depth: int, speeds: estimates.Speeds) -> Gain:
    """What removing a candidate saves: its test, what its evidence level adds, and its
    share of the proofs."""
    again = 1.0 + estimates.REPEATS[search.evidence_level]
    count, total, measured = 0, 0.0, True
    for numbers, bits in sizes(search):
        test = estimates.seconds("prp", bits, speeds)
        chance = min(1.0, _EULER * math.log(max(depth, 3)) / max(bits * math.log(2), 1))
        proof = estimates.seconds("prove", bits, speeds)
        measured &= estimates.nearest("prp", bits, speeds) is not None
        count += numbers
        total += numbers * (test * again + chance * proof)
    return Gain(count, total / count if count else 0.0, measured)


def sizes(search: Search) -> list[tuple[int, int]]:
    """The open candidates by size: how many, of how many bits on the average."""
    step = max(search.max_bits // _SIZES, 1)
    rows = (
        Candidate.objects.filter(search=search, state="open")
        .annotate(size=F("bits") / step)
        .values("size")
        .annotate(numbers=Count("id"), mean=Avg("bits"))
        .order_by("size")
    )
    return [(row["numbers"], round(row["mean"])) for row in rows]


def _create(
    search: Search, primes: tuple[int, int], prime_seconds: float, now: datetime
) -> None:
    spans = _spans(search)
    blocks.create_deeper_pass(search, primes, prime_seconds, spans, now)


def _spans(search: Search) -> list[tuple[int, int]]:
    """All positions, cut where their candidates are too many for one block."""
    if Candidate.objects.filter(search=search, state="open").count() <= MOST_ALIVE:
        return [(0, search.size)]
    starts = np.array(alive(search)[::MOST_ALIVE])
    starts[0] = 0
    lengths = np.diff(starts, append=search.size)
    return list(zip(starts.tolist(), lengths.tolist(), strict=True))


def _kept(found: Balance) -> dict[str, Any]:
    """The figures as JSON, which knows no infinity."""
    return {
        name: None if value == math.inf else value
        for name, value in asdict(found).items()
    }


def _reason(found: Balance, ended: bool) -> str:
    if not found.numbers:
        return "no candidate is left to remove"
    if not ended:
        return "removing a candidate costs less than it saves"
    if found.depth >= found.target:
        return "removing a candidate costs as much as it saves"
    return "what more could be removed is not worth another round"
