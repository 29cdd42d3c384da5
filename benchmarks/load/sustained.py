"""Claims and submits at a steady rate, of real blocks with real results.

    python -m benchmarks.load.sustained --rate 100 --seconds 600

Blocks of one number each; every process claims one when it is due, tests it (that time
is not counted), and hands the result in, whatever the pipeline does after it included.
Prints the latency of claim and submit together, the rate, and what the audit says.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from typing import Any

from benchmarks.load.place import Processor, prepared

#: After the first primes about every sixth k*2^n+1 is left.
LARGEST_K, FIRST_N, PER_N, SIEVE_LIMIT = 9999, 300, 700, 1000


def place(blocks: int) -> None:
    """A sieved search, and a block for each of its numbers."""
    from django.db import connection

    from darkreach.order import Order
    from searches.planning import place_order
    from tests.hunts import work_once

    last = FIRST_N + blocks // PER_N
    ranges = {"k": f"3:{LARGEST_K}", "n": f"{FIRST_N}:{last}"}
    order = Order.parse("k*2^n+1", ranges)
    place_order(order, sieve_limit=SIEVE_LIMIT, pm1=(2, 2))
    while work_once("sieve"):
        pass
    with connection.cursor() as cursor:
        cursor.execute("UPDATE searches_candidate SET block_id = NULL")
        cursor.execute("DELETE FROM searches_block WHERE stage <> 'sieve'")
        cursor.execute(
            "INSERT INTO searches_block (id, search_id, stage, purpose, queue, state,"
            " urgency, count, estimate, epoch, progress, current, reclaims, created_at,"
            " seconds, excluded, variant, path)"
            " SELECT 1000000 + id, search_id, 'prp', 'first', 'prp', 'ready',"
            " 2, 1, 0.01, 0, 0, '', 0, now(), 0, '[]', 0, 0 FROM searches_candidate"
            " WHERE state = 'open' ORDER BY id LIMIT %s",
            [blocks],
        )
        cursor.execute(
            "UPDATE searches_candidate SET block_id = 1000000 + id WHERE 1000000 + id"
            " IN (SELECT id FROM searches_block WHERE stage = 'prp')"
        )
        # What is left over waits in one block behind all others.
        cursor.execute(
            "INSERT INTO searches_block (id, search_id, stage, purpose, queue, state,"
            " urgency, count, estimate, epoch, progress, current, reclaims, created_at,"
            " seconds, excluded, variant, path)"
            " SELECT 999999, max(search_id), 'prp', 'first', 'prp', 'ready',"
            " 0, count(*), 1, 0, 0, '', 0, now(), 0, '[]', 0, 0 FROM searches_candidate"
            " WHERE state = 'open' AND block_id IS NULL"
        )
        cursor.execute(
            "UPDATE searches_candidate SET block_id = 999999"
            " WHERE state = 'open' AND block_id IS NULL"
        )
        cursor.execute("ANALYZE")


def _work(number: int, processes: int, rate: float, seconds: float) -> Any:
    """Latencies in seconds, and how many were late, of one process."""
    import logging

    from django.db import connection

    from darkreach import stages
    from fleet import bell, identity, leases
    from fleet.submit import submit
    from searches.models import Block
    from verification.work import task_of

    logging.disable(logging.WARNING)
    connection.close()
    bell.client.cache_clear()
    identity.become(["prp"], 1)
    worker, program = identity.register(), stages.program("prp")
    times, failed, every = [], 0, processes / rate
    start = time.monotonic() + 1.0 + number / rate
    for turn in range(int(seconds / every)):
        due = start + turn * every
        time.sleep(max(0.0, due - time.monotonic()))
        began = time.monotonic()
        (grant,) = leases.claim(worker, "prp")
        took = time.monotonic() - began
        block = Block.objects.select_related("search").get(pk=grant.block)
        run = program.start(task_of(block))
        while program.step(run, 1.0) < 1.0:
            pass
        began = time.monotonic()
        answer = submit(grant, program.result(run))
        times.append(took + time.monotonic() - began)
        failed += answer["status"] != "accepted"
    late = time.monotonic() - (start + seconds)
    connection.close()
    return times, failed, late


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--processes", type=int, default=8)
    told = parser.parse_args()
    with prepared(bell=True):
        from django.core.management import call_command
        from django.db import connections

        place(int(told.rate * told.seconds) + told.processes)
        connections.close_all()
        work = [
            (number, told.processes, told.rate, told.seconds)
            for number in range(told.processes)
        ]
        began, processor = time.monotonic(), Processor()
        with multiprocessing.get_context("fork").Pool(told.processes) as pool:
            answers = pool.starmap(_work, work)
        wall = time.monotonic() - began - 1.0
        times = sorted(one for some, _, _ in answers for one in some)
        failed = sum(count for _, count, _ in answers)
        p50, p99 = (1000 * times[int(len(times) * q)] for q in (0.5, 0.99))
        sys.stdout.write(
            f"{len(times) / wall:.1f} claims and submits/s for {wall:.0f} s; p50"
            f" {p50:.1f} ms; p99 {p99:.1f} ms; worst {1000 * times[-1]:.0f} ms;"
            f" {failed} not accepted; {processor.per(len(times))}, tests included\n"
        )
        call_command("audit")


if __name__ == "__main__":
    main()
