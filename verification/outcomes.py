"""What the results of test blocks settle at once; called inside a submit.

A number that nobody tested before is settled by its outcome, and a factor settles any.
What the residues are worth, beside those of others, is for a coordinator to weigh
(`verification.judging`): nobody judges what he hands in.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Case, F, Value, When

from searches import settlement
from searches.batches import batches
from searches.models import Candidate
from searches.work import order_of
from verification import residues, test_proofs
from verification.residues import Tested
from verification.sources import Source

#: In these states an outcome is the first one.
_SETTLE = """
UPDATE searches_candidate
   SET unweighed = TRUE,
       tester = CASE WHEN tester = '' THEN %s ELSE tester END,
       state = CASE WHEN state IN ('open', 'elsewhere') THEN %s ELSE state END,
       settled_at = CASE WHEN state IN ('open', 'elsewhere') THEN %s
                         ELSE settled_at END,
       block_id = CASE WHEN state IN ('open', 'elsewhere') OR block_id = %s THEN NULL
                       ELSE block_id END
 WHERE key IN ({keys})
RETURNING search_id"""


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
    if source.late:
        to_weigh((key for keys in ends.values() for key in keys), source.host)
        return touched
    to_weigh(ends["factored"], source.host)
    for state in ("composite", "probable"):
        touched |= _settle(ends[state], state, source, now)
    return touched


def _settle(keys: list[str], state: str, source: Source, now: datetime) -> set[int]:
    """Settle those that nobody tested, let go of those that the block tested again, and
    have all weighed; returns their searches. One statement for three steps: it is the
    hottest write of the ledger."""
    searches: set[int] = set()
    for piece in batches(sorted(set(keys))):
        places = ", ".join(["%s"] * len(piece))
        with connection.cursor() as cursor:
            moment = connection.ops.adapt_datetimefield_value(now)
            cursor.execute(
                _SETTLE.format(keys=places),
                [source.host, state, moment, source.block.pk, *piece],
            )
            searches.update(search for (search,) in cursor.fetchall())
    return searches


def to_weigh(keys: Any, host: str) -> None:
    """Residues of these numbers came in from a host."""
    tester = Case(When(tester="", then=Value(host)), default=F("tester"))
    for piece in batches(sorted(set(keys))):
        Candidate.objects.filter(key__in=piece).update(unweighed=True, tester=tester)
