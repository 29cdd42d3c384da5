"""Workers obey; renewals are so rare that only the bell can be that fast."""

from __future__ import annotations

import time

import pytest

from darkreach.order import Order
from darkreach_site.children import Child
from fleet import bell, commands
from fleet.models import Command, Lease, Worker
from searches import control
from searches.models import Block, Search
from searches.planning import place_order
from tests.faults import storm
from tests.faults.platform import LONGEST_START, Platform

#: One number, minutes of one core: it is always in the middle.
ENDLESS_N = "800001"
#: Seconds: what the reliability page promises, and what a busy machine needs beyond.
LONGEST_CANCEL = 10.0
SOON = 20.0
SLOW_RENEWALS = {
    "DARKREACH_LEASE_TTL": "120",
    "DARKREACH_LEASE_RENEWAL": "40",
    "DARKREACH_PROGRESS_DEADLINE_FLOOR": "240",
}


def endless() -> Search:
    order = Order.parse("3*2^n+1", {"n": ENDLESS_N})
    # Bounds of P-1 that are done at once: with none given, P-1 would be the long work.
    return place_order(order, sieve_limit=1000, pm1=(2, 2)).search


def held(search: Search) -> Block | None:
    """The test block of the search while somebody computes it."""
    return Block.objects.filter(search=search, stage="prp", state="leased").first()


def computing(search: Search) -> bool:
    """Is it past its first step? Compiling the kernels, which the first test on a host
    waits for, cannot be interrupted."""
    block = held(search)
    lines = (line for worker in bell.live_workers() for line in worker["doing"])
    return block is not None and any(
        line["block"] == block.pk and line["progress"] > 0.0 for line in lines
    )


def newest_worker(child: Child) -> Worker:
    assert child.process is not None
    rows = Worker.objects.filter(pid=child.process.pid)
    return rows.latest("started_at")


def tell(platform: Platform, worker: Worker, kind: str, **argument: object) -> Command:
    """Give a command and wait until it is answered."""
    given = commands.give(worker.pk, kind, dict(argument))
    rows = Command.objects.filter(pk=given.pk)
    platform.wait_until(rows.filter(state__in=["done", "failed"]).exists, SOON)
    answered = rows.get()
    assert answered.state == "done", answered.answer
    return answered


@pytest.mark.timeout(400)
@pytest.mark.slow
def test_workers_obey_at_once(platform: Platform) -> None:
    platform.settings.update(SLOW_RENEWALS)
    (child,) = platform.start(workers=1)
    search = endless()
    platform.wait_until(lambda: computing(search), LONGEST_START)
    worker = newest_worker(child)

    tell(platform, worker, "pause")
    platform.wait_until(lambda: held(search) is None, LONGEST_CANCEL)
    time.sleep(4)  # the dispatcher has rung in the meantime
    assert held(search) is None
    tell(platform, worker, "resume")
    platform.wait_until(lambda: computing(search), SOON)

    tell(platform, worker, "settings", slots=2, nice=5, log_level="INFO")
    other = storm.place(storm.FEW, last=300)
    platform.wait_until(lambda: storm.finished(other), 60)
    block = held(search)
    assert block is not None

    assert control.cancel(search.pk)
    ended = Lease.objects.filter(block=block, ending="cancelled")
    platform.wait_until(ended.exists, LONGEST_CANCEL)
    took = platform.wait_until(
        lambda: platform.said(child, f"block {block.pk}: the lease is gone"),
        LONGEST_CANCEL,
    )
    assert took < LONGEST_CANCEL
    assert control.resume(search.pk)
    platform.wait_until(lambda: computing(search), SOON)

    assert child.process is not None
    tell(platform, worker, "restart")
    platform.wait_until(lambda: newest_worker(child).pk != worker.pk, LONGEST_START)
    assert child.running
    # The new one goes on with the block, and a worker that drains finishes what it
    # holds: minutes, unless the search is cancelled.
    platform.wait_until(lambda: computing(search), SOON)
    tell(platform, newest_worker(child), "drain")
    time.sleep(2)
    assert child.running
    assert control.cancel(search.pk)
    platform.wait_until(lambda: not child.running, SOON)


@pytest.mark.timeout(400)
@pytest.mark.quick_on("postgresql")
def test_a_block_is_handed_to_another_worker(platform: Platform) -> None:
    platform.settings.update(SLOW_RENEWALS)
    (child,) = platform.start(workers=1)
    search = endless()
    platform.wait_until(lambda: computing(search), LONGEST_START)
    worker = newest_worker(child)
    block = held(search)
    assert block is not None

    assert tell(platform, worker, "reassign", block=block.pk).answer == "is given back"
    platform.wait_until(lambda: held(search) is None, SOON)
    second = platform.start_worker()
    platform.wait_until(lambda: computing(search), LONGEST_START)
    taken = held(search)
    assert taken is not None and taken.worker_id == newest_worker(second).pk

    tell(platform, newest_worker(second), "stop")
    platform.wait_until(lambda: not second.running, LONGEST_START)
    assert Lease.objects.filter(block=block).latest("epoch").ending == "released"
