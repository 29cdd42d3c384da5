"""The order that the faults hit, and what must hold when it is done.

20,000 numbers k*2^n + 1 whose primes are published: about fifteen seconds of one core.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import gmpy2
from django.core.management import call_command
from django.db.models import Exists, OuterRef

from darkreach import arrays, stages
from darkreach.order import Order
from fleet.models import Lease
from searches import quarantine
from searches.funnel import funnel
from searches.models import Block, Search, SievedSpan
from searches.planning import place_order
from verification import results
from verification.models import Certificate, Residue

VECTORS = Path(__file__).parents[1] / "vectors"
MULTIPLIERS = (3, 5, 7, 9, 13)
FEW = (5, 13)
LAST = 4000
#: One pass of the sieve, whatever the speed of this machine.
SIEVE_LIMIT = 1_000_000
#: How many residues are computed again by gmpy2 alone.
_SAMPLE = 150


def order(
    multipliers: tuple[int, ...] = MULTIPLIERS, last: int = LAST, first: int = 1
) -> Order:
    """Every k*2^n + 1 of these k with such exponents."""
    ranges = {"k": ",".join(map(str, multipliers)), "n": f"{first}:{last}"}
    return Order.parse("k*2^n+1", ranges)


def place(
    multipliers: tuple[int, ...] = MULTIPLIERS, last: int = LAST, first: int = 1
) -> Search:
    """Into the ledger; whoever works for it finds it there."""
    placed = place_order(order(multipliers, last, first), sieve_limit=SIEVE_LIMIT)
    return placed.search


def orders() -> Iterator[Search]:
    """Small orders that share no number, each placed when it is asked for."""
    for first in range(1, LAST, 500):
        for multiplier in published():
            yield place((multiplier,), first + 499, first)


@cache
def published() -> dict[int, list[int]]:
    """The exponents n up to LAST of the primes k*2^n + 1, by k."""
    with (VECTORS / "proth_exponents.csv").open() as file:
        return {
            int(row["k"]): [int(n) for n in row["exponents"].split()]
            for row in csv.DictReader(file)
        }


def finished(search: Search) -> bool:
    """Is it done? Quarantined blocks get another chance, as an operator gives it."""
    for block in Block.objects.filter(search=search, state="quarantined"):
        quarantine.retry(block.pk)
    search.refresh_from_db()
    return search.state == "finished"


def check(search: Search, endings: tuple[str, ...] = ("reclaimed",)) -> None:
    """The search is whole, right, and nothing in it was done twice without a reason."""
    search.refresh_from_db()
    assert search.state == "finished"
    check_primes(search)
    check_counts(search)
    check_residues(search)
    check_done_once(endings)
    call_command("audit")


def check_primes(search: Search) -> None:
    """Exactly the published primes, each with its certificate verified."""
    whole = Order.from_spec(search.spec)
    wanted = {
        whole.members(index)[0].expression
        for index in range(whole.size)
        if whole.assignment(index)["n"] in published()[whole.assignment(index)["k"]]
    }
    found = results.primes(search)
    assert {prime["expression"] for prime in found} == wanted
    assert all(len(prime["verified_by"]) >= 2 for prime in found)


def check_counts(search: Search) -> None:
    """As many factored and composite as without a fault."""
    counts = funnel(search)
    assert counts["factored"] == _removed_without_faults(search), counts
    assert counts["open"] == counts["probable"] == counts["disputed"] == 0
    settled = counts["factored"] + counts["composite"] + counts["primes"]
    assert settled == counts["candidates"] == search.size
    spans = SievedSpan.objects.filter(search=search)
    assert sum(span.count for span in spans) == search.size


_removed: dict[str, int] = {}


def _removed_without_faults(search: Search) -> int:
    """By the sieve and by P-1, each in one piece."""
    key = f"{search.key} {search.sieve_limit}"
    if key not in _removed:
        sieved = _sieved(search)
        _removed[key] = len(sieved) + _found_by_pm1(search, sieved)
    return _removed[key]


def _sieved(search: Search) -> set[int]:
    task: dict[str, Any] = {
        "stage": "sieve",
        "order": search.spec,
        "first": 0,
        "count": search.size,
        "alive": None,
        "p_min": 2,
        "p_max": search.sieve_limit,
    }
    return set(arrays.unpack(_done(task)["indices"]).tolist())


def _found_by_pm1(search: Search, sieved: set[int]) -> int:
    if not search.pm1_b1:
        return 0
    left = set(range(search.size)) - sieved
    whole = Order.from_spec(search.spec)
    task = {
        "stage": "pm1",
        "candidates": [
            {"index": i, "members": [m.expression for m in whole.members(i)]}
            for i in sorted(left)
        ],
        "b1": search.pm1_b1,
        "b2": search.pm1_b2,
    }
    return sum(row["factor"] is not None for row in _done(task)["results"])


def _done(task: dict[str, Any]) -> dict[str, Any]:
    """The result of the task, computed here from end to end."""
    program = stages.program(task["stage"])
    run = program.start(task)
    while program.step(run) < 1.0:
        pass
    found: dict[str, Any] = program.result(run)
    return found


def check_residues(search: Search) -> None:
    """One accepted residue per composite, and a sample of them is what gmpy2 says."""
    rows = list(Residue.objects.filter(role="accepted", block__search=search))
    composite = [row for row in rows if row.verdict == "composite"]
    assert len(composite) == funnel(search)["composite"]
    for row in random.sample(rows, min(_SAMPLE, len(rows))):
        assert row.res64 == naive_residue(row), row.expression


def naive_residue(row: Residue) -> str:
    """Low 64 bits of a^(N-1) or a^((N-1)/2) modulo N, by one call of gmpy2."""
    number = number_of(row.expression)
    power = gmpy2.powmod(row.base, (number - 1) // row.residue_type, number)
    return f"{int(power) & (2**64 - 1):016X}"


def number_of(expression: str) -> int:
    """k*2^n+1, read without the project's parser."""
    head, _, exponent = expression.removesuffix("+1").rpartition("2^")
    return int(head.rstrip("*") or 1) * 2 ** int(exponent) + 1


def check_done_once(endings: tuple[str, ...] = ("reclaimed",)) -> None:
    """Whatever was computed twice has a lease that ended in one of these ways.

    "reclaimed" is the expiry of a lease; a worker that stops in good order gives its
    block back ("released"), and the next one goes on from its checkpoint.
    """
    lost = {
        (block, epoch): ending
        for block, epoch, ending in Lease.objects.exclude(
            ending="submitted"
        ).values_list("block_id", "epoch", "ending")
    }
    assert set(lost.values()) <= set(endings), lost
    # Tests that were ordered a second time are another matter, and so are canaries,
    # whose answer was known when their block was cut.
    once = Residue.objects.filter(block__purpose__in=("first", "copy"))
    first = Residue.objects.filter(role="accepted", key=OuterRef("key"))
    known = first.filter(created_at__lte=OuterRef("block__created_at"))
    for row in once.exclude(role="accepted").exclude(Exists(known)):
        assert (row.block_id, row.epoch) in lost, f"{row} was computed twice"
    accepted = Residue.objects.filter(role="accepted")
    told = list(accepted.values_list("key", "base", "variant"))
    assert len(told) == len(set(told))
    reclaimed_blocks = {block for block, _ in lost}
    seen: set[str] = set()
    for certificate in Certificate.objects.order_by("id"):
        again = certificate.key in seen
        assert not again or certificate.block_id in reclaimed_blocks, certificate
        seen.add(certificate.key)
