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
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import psutil

from benchmarks.load.place import prepared
from benchmarks.load.walk import OF_A_FLEET

SLOTS, TARGET = 2, 10
#: When a block was claimed and done, and the seconds in which it computed.
Row = tuple[datetime, datetime, float]


def used(pids: list[int]) -> dict[int, float]:
    """Seconds of processor of each of these processes that lives."""
    seconds = {}
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            times = psutil.Process(pid).cpu_times()
            seconds[pid] = times.user + times.system
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=200.0)
    told = parser.parse_args()
    with prepared() as url:
        from django.conf import settings

        from tests.faults.platform import group_of, hands_of, installed

        home = Path(os.environ["DARKREACH_HOME"])
        with installed(home, url, settings) as platform:
            platform.settings.update(OF_A_FLEET, DARKREACH_TARGET_SECONDS=str(TARGET))
            (worker,) = platform.start(workers=1, slots=SLOTS)
            _order()
            _warm_up()
            hands = hands_of(worker)
            others = [p for c in platform.children for p in group_of(c)]
            others = [pid for pid in others if pid not in hands]
            before, began = used(others), time.monotonic()
            first = _newest()
            time.sleep(told.seconds)
            spent = sum(now - before[pid] for pid, now in used(others).items())
            share = spent / SLOTS / (time.monotonic() - began)
            sys.stdout.write(_report(first, share))


def _order() -> None:
    from darkreach.order import Order
    from searches.planning import place_order

    order = Order.parse("k*2^n+1", {"k": "3,5,7,9,11", "n": "20000:40000"})
    place_order(order, sieve_limit=2_000_000, pm1=(2, 2))


def _done() -> list[Row]:
    """All that the worker has done, proofs too; verifying is the coordinator's."""
    from searches.models import Block

    rows = Block.objects.filter(state="done").exclude(queue="coordinator")
    rows = rows.order_by("done_at")
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
    between = _between(rows)
    within = sorted(
        (done - began).total_seconds() - seconds for began, done, seconds in rows
    )
    idle = 1.0 - computed / (sum(between) + sum(lengths))
    return (
        f"{len(rows)} blocks of {lengths[0]:.1f} to {lengths[-1]:.1f} s, median"
        f" {_median(lengths):.1f} s; not computing {100 * idle:.2f} % of the slots'"
        f" time: within a block {_told(within)}, between two {_told(between)}; other"
        f" processes {100 * share:.2f} % of their processor time\n"
    )


def _median(ordered: list[float]) -> float:
    return ordered[len(ordered) // 2]


def _told(seconds: list[float]) -> str:
    return f"{1000 * _median(seconds):.0f} ms (at most {1000 * seconds[-1]:.0f})"


def _between(rows: list[Row]) -> list[float]:
    """Seconds from the end of the block before each on the same slot, in order; which
    block that was is known by the claim that followed its end."""
    ends = [done for _, done, _ in _done()]
    return sorted(
        (began - max(end for end in ends if end <= began)).total_seconds()
        for began, _, _ in rows
    )


if __name__ == "__main__":
    main()
