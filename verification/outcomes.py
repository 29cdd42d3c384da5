"""What the results of test blocks settle at once; called inside a submit.

A number that nobody tested before is settled by its outcome, and a factor settles any.
What the residues are worth, beside those of others, is for a coordinator to weigh
(`verification.judging`): nobody judges what he hands in.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Case, F, Value, When

from searches import settlement
from searches.batches import batches
from searches.models import Candidate
from searches.work import order_of
from verification import residues, test_proofs
from verification.residues import Tested
from verification.sources import Source

#: States in which an outcome is the first one.
_UNTESTED = ("open", "elsewhere")


def apply(
    source: Source, tested: list[Tested], result: dict[str, Any], now: datetime
) -> set[int]:
    """Store every outcome and settle what is new; returns the searches touched."""
    software = result.get("software", {})
    residues.store_factors(source, tested, software, now)
    residues.store(source, tested, software, now)
    test_proofs.store(source, tested, now)
    order = order_of(source.block.search)
    ends: dict[str, list[str]] = {"factored": [], "composite": [], "probable": []}
    for index, outcomes in residues.by_index(tested).items():
        state = residues.state_of(outcomes, order.member_count)
        ends[state].append(order.candidate_key(index))
    touched = settlement.settle(ends["factored"], "factored", now)
    if not source.late:
        for state in ("composite", "probable"):
            touched |= settlement.settle(ends[state], state, now, _UNTESTED)
    to_weigh((key for keys in ends.values() for key in keys), source.host)
    if not source.late:
        settlement.let_go(source.block.pk)
    return touched


def to_weigh(keys: Any, host: str) -> None:
    """Residues of these numbers came in from a host."""
    tester = Case(When(tester="", then=Value(host)), default=F("tester"))
    for piece in batches(sorted(set(keys))):
        Candidate.objects.filter(key__in=piece).update(unweighed=True, tester=tester)
