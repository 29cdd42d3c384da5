"""Outcomes of test blocks as they come in: checked for what can be known at once, and
stored as evidence. What they settle is in `verification.outcomes`."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from darkreach.order import Order
from searches.batches import batches
from searches.intake import (
    BadResult,
    check_factor,
    factor_row,
    require_all,
    require_own,
)
from searches.models import Factor
from searches.work import order_of
from verification.models import VERDICTS, Residue
from verification.sources import Source
from verification.weighing import Standing

Outcome = dict[str, Any]
#: Purposes of blocks whose tests nobody ordered as repetitions.
_FIRST = ("first", "copy")
_HEX = set("0123456789ABCDEFabcdef")
#: Types of residues that tests give (darkreach/residues.py), and the bound of bases.
_TYPES, _LARGEST_BASE = (1, 2), 2**31
#: Hexadecimal digits of RES2048, and characters of what an outcome says of itself.
_LONGEST, _LONGEST_NOTE = 512, 1000


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
    require_own(block, require_all(block, done), done)
    for outcomes in by_index(tested).values():
        state_of(outcomes, order.member_count)
    return tested


def by_index(tested: list[Tested]) -> dict[int, list[Tested]]:
    """The outcomes of each candidate."""
    grouped: dict[int, list[Tested]] = {}
    for one in tested:
        grouped.setdefault(one.index, []).append(one)
    return grouped


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
                one = Tested(index, member, numbers[member], outcome)
                check_outcome(order, one)
                yield one


def check_outcome(order: Order, one: Tested) -> None:
    """The outcome is about this number and carries what its verdict needs."""
    number, outcome = one.number, one.outcome
    if outcome["expression"] != number.expression:
        raise BadResult(f"{outcome['expression']} is not {number.expression}")
    if outcome["verdict"] not in VERDICTS:
        raise BadResult(f"unknown verdict {outcome['verdict']!r}")
    check_notes(outcome)
    if outcome.get("factor") is not None:
        check_factor(order, one.index, one.member, outcome["factor"])
        return
    if outcome["verdict"] == "composite" or outcome.get("res64") is not None:
        res64 = outcome["res64"]
        if len(res64) != 16 or not set(res64) <= _HEX:
            raise BadResult(f"{res64!r} is no RES64")
        _check_test(outcome)
        _check_verdict(number, outcome)


def _check_test(outcome: Outcome) -> None:
    """The residue names a test that is made, and is no longer than one."""
    kind, base, text = (outcome.get(n) for n in ("residue_type", "base", "res2048"))
    if type(kind) is not int or type(base) is not int:
        raise BadResult("a residue without its type and base means nothing")
    if kind not in _TYPES or not 1 < base < _LARGEST_BASE:
        raise BadResult(f"no test has type {kind} and this base")
    if text and (len(text) > _LONGEST or not set(text) <= _HEX):
        raise BadResult("a RES2048 has 512 hexadecimal digits at most")


def check_notes(outcome: Outcome) -> None:
    """What stands beside the verdict can be stored."""
    if not 0 <= float(outcome.get("seconds", 0.0)) < math.inf:
        raise BadResult("a test that took no time that there is")
    errors = outcome.get("errors", {})
    if not isinstance(errors, dict) or len(str(errors)) > _LONGEST_NOTE:
        raise BadResult("errors are counts by their kind")


def _check_verdict(number: Any, outcome: Outcome) -> None:
    """A verdict that its own residue contradicts is not believed.

    The value of a prime is 1 (type 1) or -1 (type 2); neither type calls a number
    composite whose value is 1 or -1 (darkreach/residues.py).
    """
    low = str(outcome.get("res2048") or outcome["res64"]).lower()
    if low[-16:] != outcome["res64"].lower():
        raise BadResult("RES64 and RES2048 are of different residues")
    value, modulus = int(low, 16), 1 << 4 * len(low)
    one, minus_one = value == 1, value == (number.mod(modulus) - 1) % modulus
    passed = one if outcome["residue_type"] == 1 else minus_one
    if passed != (outcome["verdict"] != "composite") or (one and not passed):
        raise BadResult(f"the residue of {number.expression} is not {_words(outcome)}")


def _words(outcome: Outcome) -> str:
    return f"that of a {outcome['verdict']}, type {outcome['residue_type']}"


def state_of(outcomes: list[Tested], members: int) -> str:
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
) -> None:
    """Add the residues, each with its role beside those that stood before."""
    rows = [
        _row(source, one, software, now)
        for one in tested
        if one.outcome.get("res64") is not None
    ]
    before, accepted = _earlier({row.key for row in rows})
    said: dict[tuple[str, Any, Any], list[str]] = defaultdict(list)
    for residue in chain.from_iterable(before.values()):
        said[residue.key, *residue.test].append(residue.res64)
    for row in rows:
        test = row.key, row.residue_type, row.base
        row.role = _role(row.res64, said[test], accepted.get(test, ""), source.late)
        # Chains share members: the block may hold the number once more.
        said[test].append(row.res64)
        if row.role == "accepted":
            accepted[test] = row.res64
    Residue.objects.bulk_create(rows, batch_size=1000)


def _role(res64: str, standing: list[str], taken: str, late: bool) -> str:
    """How a residue compares with those of the same test that stand. taken: the one
    that was accepted before, and may have been refuted or withdrawn since."""
    if any(other != res64 for other in standing):
        return "differing"
    if late:
        return "repeated" if standing else "late"
    if taken:
        return "repeated" if standing or taken == res64 else "differing"
    return "accepted"


def standing(keys: set[str]) -> dict[str, list[Standing]]:
    """The residues of these numbers that nobody refuted, by key, oldest first."""
    return _earlier(keys)[0]


def _earlier(
    keys: set[str],
) -> tuple[dict[str, list[Standing]], dict[tuple[str, Any, Any], str]]:
    """What stands, and which tests have an accepted residue, refuted ones included."""
    found: dict[str, list[Standing]] = defaultdict(list)
    accepted: dict[tuple[str, Any, Any], str] = {}
    for piece in batches(sorted(keys)):
        rows = Residue.objects.filter(key__in=piece).order_by("id")
        for row in rows.values_list(*_FIELDS):
            pk, key, text, variant, kind, base, *values, purpose, role, refuted = row
            res64, verdict, host, version, kernel = values
            if role == "accepted":
                accepted[key, kind, base] = res64
            if refuted is None:
                found[key].append(
                    Standing(
                        id=pk,
                        key=key,
                        expression=text,
                        variant=variant,
                        test=(kind, base),
                        res64=res64,
                        verdict=verdict,
                        host=host,
                        version=version,
                        kernel=kernel,
                        ordered=purpose not in _FIRST,
                    )
                )
    return dict(found), accepted


_FIELDS = (
    "id",
    "key",
    "expression",
    "variant",
    "residue_type",
    "base",
    "res64",
    "verdict",
    "host",
    "version",
    "kernel",
    "block__purpose",
    "role",
    "refutation__id",
)


def _row(
    source: Source, one: Tested, software: dict[str, Any], now: datetime
) -> Residue:
    outcome = one.outcome
    kernel = str(outcome.get("kernel", ""))
    return Residue(
        key=one.number.key,
        expression=one.number.expression,
        verdict=outcome["verdict"],
        residue_type=outcome["residue_type"],
        base=outcome["base"],
        res64=outcome["res64"].upper(),
        res2048=outcome.get("res2048") or "",
        variant=source.block.variant,
        errors=outcome.get("errors", {}),
        software={**software, "kernel": kernel},
        version=str(software.get("version", ""))[:20],
        kernel=kernel[:100],
        host=source.host,
        seconds=float(outcome.get("seconds", 0.0)),
        block=source.block,
        epoch=source.epoch,
        worker_id=source.worker_id,
        created_at=now,
    )
