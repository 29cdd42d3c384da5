"""Results of prove blocks: certificates in, and a verification ordered for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from searches import blocks, settlement
from searches.intake import BadResult, require_all
from searches.models import Candidate
from searches.work import candidates_of, order_of
from verification import evidence, outcomes, residues
from verification.models import Certificate
from verification.residues import Tested
from verification.sources import Source

_VERDICTS = ("prime", "composite", "unproven")
_LONGEST_REASON = 500


@dataclass(frozen=True)
class Proofs:
    """Members with a certificate, found composite, and out of reach of a proof."""

    proven: list[Tested]
    composite: list[Tested]
    unproven: list[Tested]


def check(block: Any, result: dict[str, Any]) -> Proofs:
    """Belongs to the block and is complete; certificates are verified later."""
    order = order_of(block.search)
    proofs = Proofs([], [], [])
    try:
        for one in _members(order, result["results"]):
            verdict = one.outcome["verdict"]
            if verdict not in _VERDICTS:
                raise BadResult(f"unknown verdict {verdict!r}")
            if verdict == "composite":
                residues.check_outcome(order, one)
                proofs.composite.append(one)
            if verdict == "prime":
                _check_certificate(one)
                proofs.proven.append(one)
            if verdict == "unproven":
                proofs.unproven.append(one)
        done = {int(item["index"]) for item in result["results"]}
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BadResult(f"unreadable proof result: {error!r}") from None
    require_all(block, done)
    return proofs


def _members(order: Any, results: list[dict[str, Any]]) -> Iterable[Tested]:
    for item in results:
        index = int(item["index"])
        if not 0 <= index < order.size:
            raise BadResult(f"a proof for a candidate that does not exist: {index}")
        for member, outcome in enumerate(item["members"]):
            if outcome is not None:
                number = order.members(index)[member]
                yield Tested(index, member, number, outcome)


def _check_certificate(one: Tested) -> None:
    residues.check_notes(one.outcome)
    certificate = one.outcome["certificate"]
    if not isinstance(certificate, dict) or not isinstance(certificate["kind"], str):
        raise BadResult("a certificate is an object of some kind")
    if certificate["expression"] != one.number.expression:
        raise BadResult(
            f"a certificate of {certificate['expression']} for {one.number.expression}"
        )


def apply(
    source: Source,
    proofs: Proofs,
    result: dict[str, Any],
    now: datetime,
) -> set[int]:
    """Store the certificates and order their verification; settle composites."""
    block = source.block
    software = result.get("software", {})
    touched = _settle_composites(source, proofs.composite, software, now)
    # A late result must not take candidates out of the hands of the new owner.
    if not source.late:
        _give_up(block, proofs.unproven)
        settlement.let_go(block.pk)
    if not proofs.proven:
        return touched
    verification = blocks.create_verification(
        block.search, [one.number.bits for one in proofs.proven], now
    )
    holders = _candidates(block.search_id, [one.index for one in proofs.proven])
    blocks.hold(verification, [c.pk for c in holders.values()], state="probable")
    Certificate.objects.bulk_create(
        Certificate(
            key=one.number.key,
            expression=one.number.expression,
            kind=str(one.outcome["certificate"]["kind"])[:12],
            data=one.outcome["certificate"],
            software=software,
            seconds=float(one.outcome.get("seconds", 0.0)),
            candidate=holders[one.index],
            block=block,
            verify_block=verification,
            worker_id=source.worker_id,
            created_at=now,
        )
        for one in proofs.proven
    )
    return touched | {block.search_id}


def _give_up(block: Any, unproven: list[Tested]) -> None:
    """They stay probable primes, with the reason that the prover gave."""
    reasons: dict[int, list[str]] = {}
    for one in unproven:
        reason = str(one.outcome.get("reason", ""))[:_LONGEST_REASON]
        reasons.setdefault(one.index, []).append(reason or "no proof was found")
    for index, members in reasons.items():
        candidates_of(block).filter(index=index).update(
            proof_given_up=True, proof_note="; ".join(dict.fromkeys(members))
        )


def _candidates(search_id: int, indices: list[int]) -> dict[int, Candidate]:
    rows = Candidate.objects.filter(search=search_id, index__in=indices)
    return {row.index: row for row in rows}


def _settle_composites(
    source: Source, composite: list[Tested], software: dict[str, Any], now: datetime
) -> set[int]:
    """A factor settles the number. Without one the prover contradicts those who tested
    it: another base is tried before anybody is believed."""
    order = order_of(source.block.search)
    residues.store_factors(source, composite, software, now)
    factored = [one for one in composite if one.outcome.get("factor") is not None]
    keys = [order.candidate_key(one.index) for one in factored]
    touched = settlement.settle(keys, "factored", now)
    outcomes.to_weigh(keys, source.host)
    doubted = {one.index for one in composite} - {one.index for one in factored}
    if doubted and not source.late:
        evidence.doubt([order.candidate_key(index) for index in sorted(doubted)])
        touched.add(source.block.search_id)
    return touched
