"""Results of sieve and P-1 blocks: every factor is checked before it counts.

`check_*` reads and computes outside any transaction and raises BadResult;
`apply_*` writes inside the caller's transaction, once the lease has been fenced.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import gmpy2
import numpy as np

from darkreach import arrays
from darkreach.errors import DarkreachError
from darkreach.order import Order
from searches import candidates, settlement
from searches.batches import batches
from searches.candidates import Known
from searches.models import Block, Candidate, Factor, SievedSpan
from searches.work import candidates_of, is_first_pass, order_of

Ints = np.ndarray[Any, np.dtype[np.int64]]
Result = dict[str, Any]


class BadResult(Exception):
    """A result that cannot be true or does not belong to its block."""


@dataclass(frozen=True)
class SieveResult:
    """Checked factors of a sieve block: positions, primes, members, side by side."""

    order: Order
    indices: Ints
    factors: Ints
    members: Ints
    raw: Result


def check_sieve(block: Block, result: Result) -> SieveResult:
    """Verify each factor of a sieve result against its number."""
    order = order_of(block.search)
    try:
        indices, factors, members = (
            arrays.unpack(result[name]) for name in ("indices", "factors", "members")
        )
    except (KeyError, TypeError, ValueError, DarkreachError) as error:
        raise BadResult(f"unreadable sieve result: {error}") from None
    _check_shape(block, order, indices, factors, members)
    for position, prime, member in zip(
        indices.tolist(), factors.tolist(), members.tolist(), strict=True
    ):
        number = order.members(position)[member]
        if number.mod(prime) != 0 or (number.bits < 64 and number.value() == prime):
            raise BadResult(f"{prime} is no proper factor of {number.expression}")
    return SieveResult(order, indices, factors, members, result)


def _check_shape(
    block: Block, order: Order, indices: Ints, factors: Ints, members: Ints
) -> None:
    if not len(indices) == len(factors) == len(members):
        raise BadResult("sieve result with arrays of different lengths")
    if len(indices) == 0:
        return
    assert block.first is not None
    last = block.first + block.count - 1
    if indices.min() < block.first or indices.max() > last:
        raise BadResult("sieve result for positions outside its block")
    if len(np.unique(indices)) != len(indices):
        raise BadResult("sieve result names a position twice")
    if is_first_pass(block) and block.search.source:
        listed = candidates.listed(block.search, block.first)
        if not np.isin(indices, listed).all():
            raise BadResult("sieve result for positions that the file does not list")
    if members.min() < 0 or members.max() >= order.member_count:
        raise BadResult("sieve result names a member that does not exist")
    if factors.min() < (block.p_min or 2) or factors.max() > (block.p_max or 2):
        raise BadResult("sieve result with primes outside its block")


def apply_sieve(
    block: Block, checked: SieveResult, known: Known, now: datetime
) -> set[int]:
    """Store the factors and settle their numbers; returns the searches touched.

    known: the states that earlier evidence gives to numbers, by their keys.
    """
    # A late result leaves the count to the accepted one.
    Block.objects.filter(pk=block.pk, state="done", removed=None).update(
        removed=len(checked.indices), prime_seconds=_rate(checked.raw)
    )
    if is_first_pass(block):
        _store_span(block, checked)
        return candidates.create(block, checked.order, checked.indices, known, now)
    return _store_factors(block, checked, now)


def _rate(result: Result) -> float | None:
    """Seconds per prime as the worker says; None for anything that cannot be."""
    rate = result.get("prime_seconds")
    return rate if isinstance(rate, float) and 0 < rate < math.inf else None


def _store_span(block: Block, checked: SieveResult) -> None:
    SievedSpan.objects.create(
        search=block.search,
        block=block,
        first=block.first,
        count=block.count,
        removed=len(checked.indices),
        indices=checked.raw["indices"],
        factors=checked.raw["factors"],
        members=checked.raw["members"],
        software=checked.raw.get("software", {}),
    )


def _store_factors(block: Block, checked: SieveResult, now: datetime) -> set[int]:
    keys = []
    rows = []
    software = checked.raw.get("software", {})
    for position, prime, member in zip(
        checked.indices.tolist(),
        checked.factors.tolist(),
        checked.members.tolist(),
        strict=True,
    ):
        keys.append(checked.order.candidate_key(position))
        number = checked.order.members(position)[member]
        rows.append(factor_row(number, prime, block, software, now))
    Factor.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    return settlement.settle(keys, "factored", now)


def factor_row(
    number: Any, factor: int, block: Block, software: Result, now: datetime
) -> Factor:
    """A Factor row for a number whose factor has been checked."""
    return Factor(
        key=number.key,
        expression=number.expression,
        factor=str(factor),
        stage=block.stage,
        block=block,
        software=software,
        created_at=now,
    )


@dataclass(frozen=True)
class FoundFactor:
    """A checked factor of the candidate at a position of the order."""

    index: int
    number: Any
    factor: int


def check_pm1(block: Block, result: Result) -> list[FoundFactor]:
    """Verify each factor of a P-1 result and that no held candidate is missing."""
    order = order_of(block.search)
    try:
        found = [
            check_factor(order, item["index"], item["member"], item["factor"])
            for item in result["results"]
            if item.get("factor") is not None
        ]
        done = {int(item["index"]) for item in result["results"]}
    except (KeyError, TypeError, ValueError) as error:
        raise BadResult(f"unreadable P-1 result: {error}") from None
    require_all(block, done)
    return found


def check_factor(order: Order, index: int, member: int, factor: str) -> FoundFactor:
    """p | N by one reduction, and 1 < p < N; BadResult otherwise."""
    if not 0 <= index < order.size or not 0 <= member < order.member_count:
        raise BadResult(f"a factor for a candidate that does not exist: {index}")
    number = order.members(index)[member]
    f = int(factor)
    if f < 2 or number.mod(f) != 0 or gmpy2.mpz(f) >= number.value():
        raise BadResult(f"{factor} is no proper factor of {number.expression}")
    return FoundFactor(index, number, f)


def require_all(block: Block, done: set[int]) -> set[int]:
    """Every candidate the block still holds must have its outcome; returns those."""
    held = set(candidates_of(block).values_list("index", flat=True))
    if missing := held - done:
        raise BadResult(f"no outcome for {len(missing)} candidates of the block")
    return held


def require_own(block: Block, held: set[int], done: set[int]) -> None:
    """What other blocks hold, or none yet, is not this one's to settle. Numbers that
    were settled meanwhile are let through: their outcomes are evidence."""
    order = order_of(block.search)
    keys = sorted({order.candidate_key(index) for index in done - held})
    for piece in batches(keys):
        if Candidate.objects.filter(key__in=piece, state="open").exists():
            raise BadResult("outcomes for candidates of another block")


def apply_pm1(
    block: Block, found: list[FoundFactor], result: Result, now: datetime
) -> set[int]:
    """Store the factors, settle their numbers, and let the others go on."""
    order = order_of(block.search)
    software = result.get("software", {})
    Factor.objects.bulk_create(
        [factor_row(f.number, f.factor, block, software, now) for f in found],
        ignore_conflicts=True,
    )
    done = [int(item["index"]) for item in result["results"]]
    for piece in batches(done):
        candidates_of(block).filter(index__in=piece).update(pm1_done=True)
    keys = [order.candidate_key(f.index) for f in found]
    touched = settlement.settle(keys, "factored", now)
    settlement.let_go(block.pk)
    return touched
