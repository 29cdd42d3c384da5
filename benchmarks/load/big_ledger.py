"""A claim in a ledger of ten million blocks, of which ten thousand are ready.

    python -m benchmarks.load.big_ledger --done 10000000 --ready 10000

Prints the plan of the claim, which must use the partial index block_ready, and the
latency of claims one after the other.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import timedelta

from benchmarks.load.place import fill, prepared


def plan() -> str:
    """EXPLAIN ANALYZE of one claim, which is rolled back."""
    from django.db import connection, transaction

    from fleet import statements
    from searches.clock import ledger_now
    from searches.models import Search

    now = ledger_now()
    values = {
        "queue": "prp",
        "search": Search.objects.earliest("id").pk,
        "worker": "0" * 32,
        "limit": 1,
        "refused": [],
        "now": now,
        "alive": now - timedelta(seconds=600),
        "expires": now + timedelta(seconds=60),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        explain = "EXPLAIN (ANALYZE, BUFFERS) "
        cursor.execute(explain + statements.text("claim"), values)
        lines = [line for (line,) in cursor.fetchall()]
        transaction.set_rollback(True)
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--done", type=int, default=10_000_000)
    parser.add_argument("--ready", type=int, default=10_000)
    parser.add_argument("--searches", type=int, default=10)
    parser.add_argument("--claims", type=int, default=1000)
    told = parser.parse_args()
    with prepared():
        fill(told.ready, told.done, told.searches)
        from fleet import leases

        said = plan()
        times = []
        for _ in range(told.claims):
            began = time.perf_counter()
            leases.claim("0" * 32, "prp")
            times.append(1000 * (time.perf_counter() - began))
    times.sort()
    p50, p99 = (times[int(len(times) * share)] for share in (0.5, 0.99))
    used = "yes" if "block_ready" in said else "NO"
    sys.stdout.write(
        f"{said}\nuses block_ready: {used}; p50 {p50:.1f} ms; p99 {p99:.1f} ms\n"
    )


if __name__ == "__main__":
    main()
