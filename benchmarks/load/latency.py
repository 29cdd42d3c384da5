"""From the commit of an order to the claim of its first block, on an idle fleet.

    python -m benchmarks.load.latency --orders 100

Real processes: bell, coordinator, one worker with two slots, on PostgreSQL. Both times
are by the ledger's clock: one is asked for when the commit is done, before anything
else happens, the other is that of the claim.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from benchmarks.load.place import prepared


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100)
    told = parser.parse_args()
    with prepared() as url:
        from celery import current_app
        from django.conf import settings

        from tests.faults.platform import installed

        home = Path(os.environ["DARKREACH_HOME"])
        with installed(home, url, settings) as platform:
            current_app.conf.broker_url = platform.bell_url
            platform.start(workers=1, slots=2)
            times = sorted(_place(number) for number in range(told.orders))
    p50, p95 = (1000 * times[int(len(times) * q)] for q in (0.5, 0.95))
    sys.stdout.write(
        f"{told.orders} orders: p50 {p50:.1f} ms, p95 {p95:.1f} ms,"
        f" worst {1000 * times[-1]:.0f} ms\n"
    )


def _place(number: int) -> float:
    """Seconds until the first block of a new order is claimed; waits for its end."""
    from datetime import datetime

    from django.db import transaction

    from darkreach.order import Order
    from searches.clock import ledger_now
    from searches.models import Block
    from searches.planning import place_order

    committed: list[datetime] = []
    first = 100 + 10 * number
    order = Order.parse("3*2^n+1", {"n": f"{first}:{first + 9}"})
    with transaction.atomic():
        transaction.on_commit(lambda: committed.append(ledger_now()))
        search = place_order(order).search
    while True:
        time.sleep(0.2)
        search.refresh_from_db()
        if search.state == "finished":
            break
    time.sleep(0.5)  # all hands are idle again
    started = Block.objects.filter(search=search).order_by("started_at").first()
    assert started is not None and started.started_at is not None
    return (started.started_at - committed[0]).total_seconds()


if __name__ == "__main__":
    main()
