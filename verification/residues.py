"""Outcomes of test blocks: residues in, numbers settled, contradictions kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from darkreach.order import Order
from searches import settlement
from searches.batches import batches
from searches.intake import BadResult, check_factor, factor_row, require_all
from searches.models import Factor
from searches.work import order_of
from verification.models import VERDICTS, Residue
from verification.sources import Source

Outcome = dict[str, Any]
_HEX = set("0123456789ABCDEFabcdef")


@dataclass(frozen=True)
class Tested:
    """One member of one candidate with the outcome of its test."""

    index: int
    member: int
    number: Any
    outcome: Outcome


def check(block: Any, result: dict[str, Any]) -> list[Tested]:
    """Belongs to the block, is complete, and each outcome is one that can be true."""
    order = order_of(block.search)
    try:
        tested = list(_tested(order, result["results"]))
        done = {int(item["index"]) for item in result["results"]}
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BadResult(f"unreadable test result: {error!r}") from None
    require_all(block, done)
    for outcomes in _by_index(tested).values():
        _state(outcomes, order.member_count)
    return tested


def _by_index(tested: list[Tested]) -> dict[int, list[Tested]]:
    by_index: dict[int, list[Tested]] = {}
    for one in tested:
        by_index.setdefault(one.index, []).append(one)
    return by_index


def _tested(order: Order, results: list[dict[str, Any]]) -> Iterable[Tested]:
    for item in results:
        index = int(item["index"])
        if not 0 <= index < order.size:
            raise BadResult(f"an outcome for a candidate that does not exist: {index}")
        numbers = order.members(index)
        if len(item["members"]) != len(numbers):
            raise BadResult(f"candidate {index} has {len(numbers)} members")
        outcomes = [o for o in item["members"] if o is not None]
        if not outcomes:
            raise BadResult(f"candidate {index} has no outcome")
        for member, outcome in enumerate(item["members"]):
            if outcome is not None:
                check_outcome(order, index, member, outcome)
                yield Tested(index, member, numbers[member], outcome)


def check_outcome(order: Order, index: int, member: int, outcome: Outcome) -> None:
    """The outcome is about this number and carries what its verdict needs."""
    number = order.members(index)[member]
    if outcome["expression"] != number.expression:
        raise BadResult(f"{outcome['expression']} is not {number.expression}")
    if outcome["verdict"] not in VERDICTS:
        raise BadResult(f"unknown verdict {outcome['verdict']!r}")
    if outcome.get("factor") is not None:
        check_factor(order, index, member, outcome["factor"])
        return
    if outcome["verdict"] == "composite" or outcome.get("res64") is not None:
        res64 = outcome["res64"]
        if len(res64) != 16 or not set(res64) <= _HEX:
            raise BadResult(f"{res64!r} is no RES64")
        if outcome["residue_type"] is None or outcome["base"] is None:
            raise BadResult("a residue without its type and base means nothing")


def apply(
    source: Source,
    tested: list[Tested],
    result: dict[str, Any],
    now: datetime,
) -> set[int]:
    """Store every outcome, then settle each candidate by its members' outcomes."""
    order = order_of(source.block.search)
    software = result.get("software", {})
    store_factors(source, tested, software, now)
    disputed = store(source, tested, software, now)
    if source.late:
        return set()
    ends: dict[str, list[str]] = {"factored": [], "composite": [], "probable": []}
    for index, outcomes in _by_index(tested).items():
        ends[_state(outcomes, order.member_count)].append(order.candidate_key(index))
    touched: set[int] = set()
    for state, keys in ends.items():
        touched |= settlement.settle(keys, state, now)
    touched |= settlement.settle(disputed, "disputed", now)
    settlement.let_go(source.block.pk)
    return touched


def _state(outcomes: list[Tested], members: int) -> str:
    """Composite or factored by any member; probable once every member passed."""
    for one in outcomes:
        if one.outcome["verdict"] == "composite":
            return "composite" if one.outcome.get("factor") is None else "factored"
    if len(outcomes) != members:
        raise BadResult(f"candidate {outcomes[0].index} was not tested to its end")
    return "probable"


def store_factors(
    source: Source, tested: list[Tested], software: dict[str, Any], now: datetime
) -> None:
    """Factors that a test met by the way (squares, small Carmichael numbers)."""
    Factor.objects.bulk_create(
        [
            factor_row(
                one.number, int(one.outcome["factor"]), source.block, software, now
            )
            for one in tested
            if one.outcome.get("factor") is not None
        ],
        ignore_conflicts=True,
    )


def store(
    source: Source, tested: list[Tested], software: dict[str, Any], now: datetime
) -> list[str]:
    """Add the residues; returns the keys whose accepted residue is contradicted."""
    rows = [
        _row(source, one, software, now)
        for one in tested
        if one.outcome.get("res64") is not None
    ]
    disputed = []
    accepted = _accepted({row.key for row in rows})
    for row in rows:
        known = accepted.get((row.key, row.residue_type, row.base))
        if known is not None:
            row.role = "repeated" if known == row.res64 else "differing"
            if row.role == "differing":
                disputed.append(row.key)
        elif source.late:
            row.role = "late"
    Residue.objects.bulk_create(rows, batch_size=1000)
    return disputed


def _accepted(keys: set[str]) -> dict[tuple[str, int | None, int | None], str]:
    known = {}
    for piece in batches(sorted(keys)):
        rows = Residue.objects.filter(key__in=piece, role="accepted")
        for key, kind, base, res64 in rows.values_list(
            "key", "residue_type", "base", "res64"
        ):
            known[key, kind, base] = res64
    return known


def _row(
    source: Source, one: Tested, software: dict[str, Any], now: datetime
) -> Residue:
    outcome = one.outcome
    return Residue(
        key=one.number.key,
        expression=one.number.expression,
        verdict=outcome["verdict"],
        residue_type=outcome["residue_type"],
        base=outcome["base"],
        res64=outcome["res64"].upper(),
        res2048=outcome.get("res2048") or "",
        errors=outcome.get("errors", {}),
        software={**software, "kernel": outcome.get("kernel", "")},
        seconds=float(outcome.get("seconds", 0.0)),
        block=source.block,
        epoch=source.epoch,
        worker_id=source.worker_id,
        created_at=now,
    )
