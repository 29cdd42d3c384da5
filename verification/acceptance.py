"""The door through which results enter: checked first, then applied.

`check` computes outside any transaction; `apply` writes inside the transaction
that closes the block. Both go by the stage and purpose of the block.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from searches import intake
from searches.intake import BadResult
from searches.models import Block
from verification import certifying, evidence, outcomes, proofs, residues, verdicts
from verification.known import known_states
from verification.sources import Source

Result = dict[str, Any]
#: Characters of a program's description of itself, which is stored with each residue.
_LONGEST_SOFTWARE = 4000
#: Three centuries.
_MOST_SECONDS = 10**10


@dataclass(frozen=True)
class Checked:
    """A result that passed its checks, ready to be applied."""

    kind: str
    content: Any
    result: Result


def kind_of(block: Block) -> str:
    """`verify` or `certify` for blocks of that purpose, else the stage."""
    return block.purpose if block.purpose in ("verify", "certify") else block.stage


def check(block: Block, result: Result) -> Checked:
    """Raise BadResult for anything that is false or does not belong to the block."""
    kind = kind_of(block)
    if not isinstance(result, dict):
        raise BadResult("a result must be an object")
    _check_storable(result)
    _check_about(result)
    content: Any
    if kind == "sieve":
        content = intake.check_sieve(block, result)
    elif kind == "pm1":
        content = intake.check_pm1(block, result)
    elif kind == "prp":
        content = residues.check(block, result)
    elif kind == "prove":
        content = proofs.check(block, result)
    elif kind == "certify":
        content = certifying.check(block, result)
    else:
        content = verdicts.check(block, result)
    return Checked(kind, content, result)


def _check_storable(result: Result) -> None:
    """No ledger stores infinities, half characters or zero bytes."""
    try:
        text = json.dumps(result, allow_nan=False, ensure_ascii=False)
        text.encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise BadResult(f"a result that is no JSON: {error}") from None
    if r"\u0000" in text:
        raise BadResult("a result with a zero byte in a text")


def _check_about(result: Result) -> None:
    """What a result says about its making, whatever it is."""
    software, seconds = result.get("software", {}), result.get("seconds", 0.0)
    if not isinstance(software, dict) or len(json.dumps(software)) > _LONGEST_SOFTWARE:
        raise BadResult("a result from software without a short description")
    if type(seconds) not in (int, float) or not 0 <= seconds < _MOST_SECONDS:
        raise BadResult("a result that took no time that there is")


def apply(source: Source, checked: Checked, now: datetime) -> set[int]:
    """Store the evidence and settle the numbers; returns the searches touched.

    A late result settles nothing but verified facts: factors and certificates.
    """
    block = source.block
    if checked.kind == "sieve":
        if source.late and block.p_min == 2:
            return set()  # the span will be sieved again and stored then
        touched = intake.apply_sieve(block, checked.content, known_states, now)
        if block.p_min == 2:
            evidence.adopt_known(block.search)
        return touched
    if checked.kind == "pm1":
        return intake.apply_pm1(block, checked.content, checked.result, now)
    if checked.kind == "prp":
        return outcomes.apply(source, checked.content, checked.result, now)
    if checked.kind == "prove":
        return proofs.apply(source, checked.content, checked.result, now)
    if checked.kind == "certify":
        return certifying.apply(source, checked.content, checked.result)
    return verdicts.apply(source, checked.content, now)
