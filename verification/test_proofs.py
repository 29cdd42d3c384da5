"""Test proofs as they come in with residues, and how each of them stands.

A proof is neither believed nor read inside a submit: a coordinator folds it
(`verification.certifying`).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Sum

from searches.batches import batches
from searches.work import order_of
from verification.models import ProofFile, TestProof
from verification.residues import Tested
from verification.sources import Source

#: A proof of a number of 10^8 bits is smaller.
_MOST_BYTES = 200 * 2**20
Residue = tuple[int, int, str]


def store(source: Source, tested: list[Tested], now: datetime) -> None:
    """Keep the proofs of composites, as far as there is room for their files; a number
    without one gets a second test."""
    keys = {one.number.key for one in tested if one.outcome.get("proof")}
    if source.late or not keys:
        return
    room = settings.TEST_PROOF_BYTES - _held()
    known = set(states(keys))
    order = order_of(source.block.search)
    for one in tested:
        data = _file(one)
        if data is None or len(data) > room or one.number.key in known:
            continue
        room -= len(data)
        row = _row(source, one, order.candidate_key(one.index), data, now)
        row.save()
        ProofFile.objects.create(proof=row, data=data)


def states(keys: Iterable[str]) -> dict[str, dict[Residue, str]]:
    """How the proofs of these numbers stand, by key and residue: open, valid or
    refused."""
    found: dict[str, dict[Residue, str]] = {}
    for piece in batches(sorted(keys)):
        rows = TestProof.objects.filter(key__in=piece)
        for key, kind, base, res64, valid in rows.values_list(
            "key", "residue_type", "base", "res64", "certification__valid"
        ):
            state = "open" if valid is None else "valid" if valid else "refused"
            found.setdefault(key, {})[kind, base, res64] = state
    return found


def _held() -> int:
    """Bytes of the files that are kept."""
    total = ProofFile.objects.aggregate(total=Sum("proof__size"))["total"]
    return int(total or 0)


def _file(one: Tested) -> bytes | None:
    """The file, if it is what the outcome says; the residue is that of a composite."""
    proof = one.outcome.get("proof")
    composite = one.outcome["verdict"] == "composite" and one.outcome.get("res64")
    if not isinstance(proof, dict) or not composite:
        return None
    text = proof.get("file")
    if not isinstance(text, str) or len(text) > _MOST_BYTES:
        return None
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if hashlib.sha256(data).hexdigest() == proof.get("sha256") else None


def _row(
    source: Source, one: Tested, candidate_key: str, data: bytes, now: datetime
) -> TestProof:
    proof: dict[str, Any] = one.outcome["proof"]
    return TestProof(
        key=one.number.key,
        candidate_key=candidate_key,
        expression=one.number.expression,
        residue_type=one.outcome["residue_type"],
        base=one.outcome["base"],
        res64=one.outcome["res64"].upper(),
        format=str(proof.get("format"))[:20],
        power=min(max(int(proof.get("power") or 0), 0), 99),
        size=len(data),
        sha256=proof["sha256"],
        host=source.host,
        block=source.block,
        worker_id=source.worker_id,
        created_at=now,
    )
