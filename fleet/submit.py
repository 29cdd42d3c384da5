"""A finished block: its result is accepted once, whatever gets lost or repeated."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from fleet import bell, judges, leases, metrics, speeds
from fleet.leases import Grant
from fleet.models import Lease
from fleet.statements import run
from searches import blocks, pipeline
from searches.clock import ledger_now
from searches.intake import BadResult
from searches.models import Block, Search
from verification import acceptance
from verification.sources import Source

log = logging.getLogger(__name__)
Outcome = dict[str, Any]
#: Stages whose blocks are cut ahead of time, some dozens at once.
_MANY = ("pm1", "prp")
#: The schedule cuts more once half of the stock is gone. Only where blocks are done
#: faster than it looks does a worker cut them, in time that it could compute in.
_LOW = blocks.STOCK // 4
#: A reason may quote what came in.
_LONGEST_REASON = 500


class UnknownLease(Exception):
    """No lease of that id was ever granted."""


def submit(
    grant: Grant, result: dict[str, Any], now: datetime | None = None
) -> Outcome:
    """Hand in the result of a block.

    Returns {"status": "accepted" | "refused", "reason": str}. The same lease always
    gets the same answer, so 'committed, answer lost' is harmless to repeat.
    """
    now = now or ledger_now()
    lease = Lease.objects.select_related("block__search").filter(pk=grant.lease).first()
    if lease is None:
        raise UnknownLease(grant.lease)
    if lease.outcome is not None:
        return _loads(lease.outcome)
    block = lease.block
    try:
        # A copy holds no numbers of its own until it has won.
        checked = acceptance.check(block.copy_of or block, result)
    except BadResult as error:
        return _reject(grant, block, str(error), now)
    try:
        outcome = _accept(grant, block, checked, now)
    except IntegrityError:
        # The same number was settled by another submit in this very moment: its rows
        # are there now, and what we bring is a repetition.
        outcome = _accept(grant, block, checked, now)
    if outcome["status"] == "accepted":
        speeds.learn(block, result)
        metrics.note_result(block, result)
    metrics.gathered.count("results", checked.kind, outcome["status"])
    return outcome


@transaction.atomic
def _accept(
    grant: Grant, block: Block, checked: acceptance.Checked, now: datetime
) -> Outcome:
    outcome, touched = _apply(grant, block, checked, now)
    searches = sorted(touched | {block.search_id})

    def go_on() -> None:
        for search in searches:
            _go_on(search, block)

    # Best effort: the sweep does whatever a lost connection leaves undone here.
    transaction.on_commit(go_on, robust=True)
    return outcome


def _apply(
    grant: Grant, block: Block, checked: acceptance.Checked, now: datetime
) -> tuple[Outcome, set[int]]:
    """Inside one transaction: close the block, store the evidence, keep the answer."""
    with connection.cursor() as cursor:
        run(cursor, "lock_lease", lease=grant.lease)
        _, epoch, worker, host, ending, outcome = cursor.fetchone()
        if outcome is not None:  # a repeated submit overtook us
            return _loads(outcome), set()
        seconds = float(checked.result.get("seconds", 0.0))
        if block.copy_of_id is not None:
            run(cursor, "lock_block", block=block.copy_of_id)
        fenced = run(cursor, "close", **grant.fence(), now=now, seconds=seconds)
        late = fenced != 1
        if not late:
            _overtake(cursor, block)
        source = Source(block, epoch, worker, host, late)
        touched = acceptance.apply(source, checked, now)
        if late:
            outcome = _refusal(f"the lease was {ending or 'taken back'} before")
        else:
            outcome = {"status": "accepted", "reason": ""}
        _answer(cursor, grant, outcome, now, "" if late else "submitted")
    return outcome, touched


def _overtake(cursor: Any, block: Block) -> None:
    """Of a block and its second copy the one that is closed first counts."""
    original = block.copy_of_id or block.pk
    if run(cursor, "replace", original=original, winner=block.pk) and block.copy_of_id:
        run(cursor, "take_candidates", original=original, winner=block.pk)


def _reject(grant: Grant, block: Block, reason: str, now: datetime) -> Outcome:
    """A false result: kept out, answered clearly, and the block is done again."""
    reason = reason[:_LONGEST_REASON]
    log.error("result of block %s refused: %s", grant.block, reason)
    outcome = _refusal(reason)
    metrics.gathered.count("results", acceptance.kind_of(block), "false")
    with transaction.atomic():
        leases.fail(grant, reason, ending="rejected", now=now)
        with connection.cursor() as cursor:
            _answer(cursor, grant, outcome, now)
    return outcome


def _refusal(reason: str) -> Outcome:
    return {"status": "refused", "reason": reason}


def _answer(
    cursor: Any, grant: Grant, outcome: Outcome, now: datetime, ending: str = ""
) -> None:
    told = json.dumps(outcome)
    run(cursor, "answer", lease=grant.lease, outcome=told, ending=ending, now=now)


def _loads(outcome: Any) -> Outcome:
    loaded: Outcome = json.loads(outcome) if isinstance(outcome, str) else outcome
    return loaded


def in_stock(block: Block) -> bool:
    """Are there so many ready blocks like this one that more can wait?"""
    like = {"queue": block.queue, "search": block.search_id, "stage": block.stage}
    with connection.cursor() as cursor:
        run(cursor, "in_stock", **like, enough=_LOW)
        return cursor.fetchone() is not None


def _go_on(search_id: int, block: Block) -> None:
    """After the commit: let the pipeline do what has become due, and ring.

    A test among many leaves nothing due: what waits was rung for, and proofs wait for
    a coordinator's weighing.
    """
    own = search_id == block.search_id and block.purpose == "first"
    if not (own and block.stage in _MANY and in_stock(block)):
        search = Search.objects.get(pk=search_id)
        pipeline.advance(search_id, speeds.of_search(search))
        bell.ring_for(search_id)
    judges.ask(search_id, tested=block.stage == "prp")
