"""Test proofs verified without trusting anybody (design of PRST).

A coordinator folds a proof, asks whether its residue has a low order, and raises what
is left to a secret prime: whoever computes the left side of that claim cannot know the
right one. Another host than the tester's computes it in a block of the purpose
`certify`, and a coordinator compares. Where the value does not fit, a coordinator
computes the claim itself. A proof that does not fit then, or whose residue may hide a
prime, counts for nothing: the number gets a second test, which shows who was wrong.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from darkreach import forms
from darkreach.checks import proof_file
from darkreach.checks import verify as checks
from darkreach.errors import DarkreachError
from darkreach.stages.certify import digest
from searches import blocks, estimates
from searches.intake import BadResult
from searches.models import Block, Candidate, Search
from verification.models import (
    Certification,
    Claim,
    ProofFile,
    RightAnswer,
    TestProof,
)
from verification.sources import Source

#: Claims of one block, seconds of folding in one round.
_MOST_CLAIMS, _ROUND_SECONDS = 50, 20.0
_COORDINATOR = "coordinator"
_HEX = set("0123456789abcdef")


@dataclass(frozen=True)
class Folded:
    """What is left of a proof."""

    file: ProofFile
    data: dict[str, Any]
    sha256: str


def advance(search_id: int, speeds: estimates.Speeds | None, now: datetime) -> bool:
    """What coordinators do about the proofs of a search; True if there were any."""
    decided = _compare(search_id, now)
    return _fold_some(search_id, speeds or {}, now) or decided


def _fold_some(search_id: int, speeds: estimates.Speeds, now: datetime) -> bool:
    """Fold proofs for a while, and order what is left of them."""
    files = ProofFile.objects.filter(proof__block__search=search_id)
    begin, by_host = time.monotonic(), defaultdict[str, list[Folded]](list)
    found = False
    for file in files.select_related("proof").order_by("id")[:_MOST_CLAIMS]:
        found = True
        folded = _folded(file)
        if isinstance(folded, Folded):
            by_host[file.proof.host].append(folded)
        else:
            with transaction.atomic():
                if ProofFile.objects.filter(pk=file.pk).delete()[0]:
                    _decide(file.proof, False, folded, now)
        if time.monotonic() - begin > _ROUND_SECONDS:
            break
    for host, group in by_host.items():
        with transaction.atomic():
            _order(search_id, host, group, speeds, now)
    return found


def _folded(file: ProofFile) -> Folded | str:
    """What is left of the proof, or why it is refused."""
    proof = file.proof
    try:
        read = proof_file.read(bytes(file.data), forms.number(proof.expression))
        verdict = checks.verdict(read)
        shown = (verdict.residue_type, verdict.base, verdict.res64)
        if shown != (proof.residue_type, proof.base, proof.res64):
            return "it is a proof of another residue"
        if not verdict.accepted:
            return verdict.reason
        claim = checks.blind(read, checks.fold(read))
    except DarkreachError as trouble:
        return str(trouble)
    sha256 = digest(claim.y, read.terms.residue_bytes)
    return Folded(file, checks.described(read, claim), sha256)


def _order(
    search_id: int,
    host: str,
    group: list[Folded],
    speeds: estimates.Speeds,
    now: datetime,
) -> None:
    """A block for another host; what somebody else ordered meanwhile is left out."""
    mine = [
        folded
        for folded in group
        if ProofFile.objects.filter(pk=folded.file.pk).delete()[0]
    ]
    if not mine:
        return
    search = Search.objects.get(pk=search_id)
    data = [folded.data for folded in mine]
    queue = blocks.queue_of(search, "prove")
    block = _block(search, queue, [host], data, speeds, now)
    for folded in mine:
        claim = Claim.objects.create(
            proof=folded.file.proof, block=block, data=folded.data
        )
        RightAnswer.objects.create(claim=claim, sha256=folded.sha256)


def _block(
    search: Search,
    queue: str,
    excluded: list[str],
    claims: list[dict[str, Any]],
    speeds: estimates.Speeds,
    now: datetime,
) -> Block:
    seconds = 0.0
    for data in claims:
        bits = forms.number(data["expression"]).bits
        seconds += data["span"] / bits * estimates.seconds("prp", bits, speeds)
    return Block.objects.create(
        search=search,
        stage="prove",
        purpose="certify",
        queue=queue,
        urgency=blocks.URGENCY["prp"],
        count=len(claims),
        estimate=max(seconds, 1.0),
        excluded=excluded,
        created_at=now,
    )


def task_of(block: Block) -> dict[str, Any]:
    """The task of a certify block."""
    rows = Claim.objects.filter(block=block).order_by("id")
    return {"stage": "certify", "claims": list(rows.values_list("data", flat=True))}


def check(block: Block, result: dict[str, Any]) -> list[str]:
    """The hash of every claim of the block, in order."""
    count = Claim.objects.filter(block=block).count()
    try:
        hashes = [str(item["sha256"]) for item in result["results"]]
    except (KeyError, TypeError) as error:
        raise BadResult(f"unreadable certification: {error!r}") from None
    if len(hashes) != count or not all(
        len(each) == 64 and set(each) <= _HEX for each in hashes
    ):
        raise BadResult(f"a certification has {count} hashes")
    return hashes


def apply(source: Source, hashes: list[str], result: dict[str, Any]) -> set[int]:
    """Keep the answers for a coordinator to compare; returns the searches touched."""
    if source.late:
        return set()
    rows = Claim.objects.filter(block=source.block).order_by("id")
    for row, sha256 in zip(list(rows), hashes, strict=True):
        Claim.objects.filter(pk=row.pk).update(
            answer=sha256,
            host=source.host,
            software=result.get("software", {}),
            seconds=float(result.get("seconds", 0.0)),
        )
    return {source.block.search_id}


def _compare(search_id: int, now: datetime) -> bool:
    """Decide the proofs whose claims were computed."""
    answered = Claim.objects.filter(block__search=search_id).exclude(answer="")
    if not answered.exists():
        return False
    with transaction.atomic():
        rows = answered.select_for_update(of=("self",), skip_locked=True)
        again: dict[Search, list[Claim]] = defaultdict(list)
        rows = rows.select_related("proof", "block__search", "right_answer")
        for claim in rows.order_by("id")[:_MOST_CLAIMS]:
            fits = claim.answer == claim.right_answer.sha256
            if fits or claim.block.queue == _COORDINATOR:
                reason = "" if fits else "it does not fit its residue"
                _decide(claim.proof, fits, reason, now, claim)
                claim.delete()
            else:
                again[claim.block.search].append(claim)
        for search, claims in again.items():
            data = [claim.data for claim in claims]
            block = _block(search, _COORDINATOR, [], data, {}, now)
            ids = [claim.pk for claim in claims]
            Claim.objects.filter(pk__in=ids).update(block=block, answer="")
    return True


def _decide(
    proof: TestProof,
    valid: bool,
    reason: str,
    now: datetime,
    claim: Claim | None = None,
) -> None:
    """What became of a proof; its number is weighed again."""
    Certification.objects.create(
        proof=proof,
        valid=valid,
        reason=reason[:200],
        host=claim.host if claim else "",
        software=claim.software if claim else {},
        seconds=claim.seconds if claim else 0.0,
        block=claim.block if claim else None,
        created_at=now,
    )
    Candidate.objects.filter(key=proof.candidate_key).update(unweighed=True)
