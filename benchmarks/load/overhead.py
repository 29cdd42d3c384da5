"""What the platform costs where blocks take ten seconds, on two slots.

    python -m benchmarks.load.overhead --seconds 200

Real processes on PostgreSQL. From the first block that ends to the last: the part of
the time of both slots in which the library did not compute (it measures itself, and its
time is what `darkreach` would take alone), and the processor time that everything but
the two computing processes used.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import psutil

from benchmarks.load.place import prepared

SLOTS, TARGET = 2, 10


def used(pids: list[int]) -> float:
    """Seconds of processor of these processes."""
    total = 0.0
    for pid in pids:
        try:
            times = psutil.Process(pid).cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=200.0)
    told = parser.parse_args()
    with prepared() as url:
        from django.conf import settings

        from fleet import bell
        from tests.faults.platform import Platform, group_of, hands_of

        platform = Platform(Path(os.environ["DARKREACH_HOME"]), url)
        platform.settings.update(
            DARKREACH_TARGET_SECONDS=str(TARGET),
            DARKREACH_LEASE_TTL="60",
            DARKREACH_LEASE_RENEWAL="20",
            DARKREACH_RECLAIM_EVERY="10",
            DARKREACH_PROGRESS_DEADLINE_FLOOR="120",
            DARKREACH_HEARTBEAT="10",
            DARKREACH_HEARTBEAT_TTL="60",
            DARKREACH_CHECKPOINT_EVERY="60",
        )
        settings.BELL_URL = platform.bell_url
        bell.client.cache_clear()
        try:
            (worker,) = platform.start(workers=1, slots=SLOTS)
            _order()
            _warm_up()
            hands = hands_of(worker)
            others = [p for c in platform.children for p in group_of(c)]
            others = [pid for pid in others if pid not in hands]
            before, began = used(others), time.monotonic()
            first = _newest()
            time.sleep(told.seconds)
            share = (used(others) - before) / SLOTS / (time.monotonic() - began)
            sys.stdout.write(_report(first, share))
        finally:
            platform.stop()


def _order() -> None:
    from darkreach.order import Order
    from searches.planning import place_order

    order = Order.parse("k*2^n+1", {"k": "3,5,7,9,11", "n": "20000:40000"})
    place_order(order, sieve_limit=2_000_000, pm1=(2, 2))


def _done() -> list[tuple[object, object, float]]:
    from searches.models import Block

    rows = Block.objects.filter(stage="prp", state="done").order_by("done_at")
    return list(rows.values_list("started_at", "done_at", "seconds"))


def _warm_up() -> None:
    """Until the speeds are known: ten blocks that took long enough."""
    while sum(seconds > TARGET / 3 for _, _, seconds in _done()) < 10:
        time.sleep(1)


def _newest() -> int:
    return len(_done())


def _report(first: int, share: float) -> str:
    rows = _done()[first:]
    lengths = sorted((done - began).total_seconds() for began, done, _ in rows)
    computed = sum(seconds for _, _, seconds in rows)
    # Of each slot, from the end of a block to the end of its last one.
    wall = _wall(rows)
    idle = 1.0 - computed / wall
    return (
        f"{len(rows)} blocks of {lengths[0]:.1f} to {lengths[-1]:.1f} s, median"
        f" {lengths[len(lengths) // 2]:.1f} s; not computing {100 * idle:.2f} % of the"
        f" slots' time; other processes {100 * share:.2f} % of their processor time\n"
    )


def _wall(rows: list[tuple[object, object, float]]) -> float:
    """The time of the slots that these blocks filled: each from the end of the block
    before it on the same slot, found by the claim that followed it."""
    from searches.models import Block

    ends = sorted(
        Block.objects.filter(stage="prp", state="done").values_list(
            "done_at", flat=True
        )
    )
    total = 0.0
    for began, done, _ in rows:
        earlier = [end for end in ends if end <= began]
        total += (done - max(earlier)).total_seconds()
    return total


if __name__ == "__main__":
    main()
