"""Doing a block: claim, compute in steps, keep the lease, hand in the result."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.db import DatabaseError, InterfaceError, connection

from darkreach import stages
from darkreach.errors import CheckpointError
from fleet import (
    abilities,
    bell,
    checkpoints,
    delivery,
    fitness,
    identity,
    leases,
    logs,
    obedience,
    presence,
)
from fleet.allowance import Throttle
from fleet.board import board
from fleet.keeper import Keeper
from fleet.leases import Grant
from fleet.metrics import gathered
from fleet.stopping import sleep, stopping
from searches.models import Block
from verification import acceptance
from verification.work import task_of

log = logging.getLogger(__name__)

# After a block the task claims again for this many seconds before it returns, so
# that short blocks do not pay for a ring each.
SESSION = 180.0
_STEP = 1.0
# Seconds in which another worker hears a ring that was not for this one.
_ASIDE = 1.0


def work(queue: str, hops: int = 0) -> int:
    """Do ready blocks of a queue until there are none; returns how many were done.

    hops: how many workers the ring came by (`fleet.bell.pass_on`).
    """
    delivery.send_pending()
    until = time.monotonic() + SESSION
    done = 0
    try:
        worker = identity.register()
        while time.monotonic() < until and _takes_blocks() and _is_fit():
            grants = _claim(worker, queue)
            if not grants:
                presence.tell_refusal()
                _pass_on(queue, hops)
                break
            for grant in grants:
                run_block(grant)
                done += 1
    except (DatabaseError, InterfaceError) as error:
        log.warning("no work: the ledger does not answer: %s", error)
        connection.close()
    gathered.send(now=done > 0)
    return done


def _claim(worker: str, queue: str) -> list[Grant]:
    began = time.perf_counter()
    unsuitable = abilities.unsuitable(queue)
    grants = leases.claim(worker, queue, refused=board.refused, unsuitable=unsuitable)
    gathered.observe("claim_seconds", time.perf_counter() - began, queue)
    gathered.send()
    return grants


def _pass_on(queue: str, hops: int) -> None:
    """What waits there is not for us: let another worker hear of it.

    This slot then stays away from the bell for a moment, lest it hear it again.
    """
    if leases.others_wait(queue) and bell.pass_on(queue, hops):
        connection.close()
        sleep(_ASIDE)


def _takes_blocks() -> bool:
    return not (stopping.is_set() or board.paused or board.draining)


def _is_fit() -> bool:
    """A host that gets known answers wrong pauses, so that others hear the rings."""
    if fitness.fit():
        return True
    if not stopping.is_set():
        log.error("this worker takes no work: %s", fitness.reason())
        obedience.pause()
    return False


def _gives_back(block: int) -> bool:
    return stopping.is_set() or board.paused or block in board.refused


def run_block(grant: Grant) -> None:
    """Compute one leased block; a block that raises counts as a reclaim."""
    try:
        block = Block.objects.select_related("search").get(pk=grant.block)
        doing = {"stage": block.stage, "queue": block.queue, "count": block.count}
        ids = {"search": block.search_id, "block": block.pk}
        with logs.about(**ids), Keeper(grant, block.estimate, doing) as keeper:
            result = _compute(grant, block, keeper)
            if result is not None:
                keeper.handing_in = True
                delivery.deliver(grant, result)
        if result is not None:
            checkpoints.forget(block)
    except (DatabaseError, InterfaceError) as error:
        log.warning("block %s left to its lease: %s", grant.block, error)
    except Exception as error:
        log.exception("block %s failed", grant.block)
        leases.fail(grant, f"{type(error).__name__}: {error}")


def _compute(grant: Grant, block: Block, keeper: Keeper) -> dict[str, Any] | None:
    """The result, or None when the lease was lost or given back on the way."""
    program = stages.program(acceptance.kind_of(block))
    task, run = _start(program, block)
    saver = checkpoints.Saver(grant, block, task)
    throttle = Throttle()
    while (progress := program.step(run, _STEP)) < 1.0:
        keeper.progress, keeper.current = progress, run.current
        if keeper.lost:
            log.warning("block %s: the lease is gone, work dropped", grant.block)
            return None
        if _gives_back(grant.block):
            keeper.handing_in = True
            saver.save(program.state(run), last=True)
            leases.release(grant)
            return None
        if saver.due():
            saver.save(program.state(run))
        throttle.pause()
    result: dict[str, Any] = program.result(run)
    return result


def _start(program: stages.Program, block: Block) -> tuple[dict[str, Any], Any]:
    """Go on from the newest checkpoint, or begin; a state that is torn is dropped."""
    saved = checkpoints.load(block)
    if saved is not None:
        task, data = saved
        try:
            return task, program.start(task, data)
        except CheckpointError as error:
            log.error("block %s starts again: %s", block.pk, error)
            checkpoints.forget(block)
    task = task_of(block)
    return task, program.start(task)
