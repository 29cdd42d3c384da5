"""Claims per second: the project's SQL by pgbench, or the same through Django.

    python -m benchmarks.load.claims --connections 50 --batch 1
    python -m benchmarks.load.claims --connections 50 --batch 10
    python -m benchmarks.load.claims --through django --connections 8

One line: claims and blocks per second, latency, blocks leased twice (must be 0).
"""

from __future__ import annotations

import argparse
import multiprocessing
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.load.place import Processor, fill, granted, granted_twice, prepared


def script(batch: int) -> str:
    """One claim as `fleet.leases` does it, in the language of pgbench."""
    from django.conf import settings

    from fleet import statements

    values = {
        "queue": "'prp'",
        "search": ":search",
        "worker": "lpad(:client_id::text, 32, '0')",
        "limit": str(batch),
        "refused": "'{}'",
        "unsuitable": "'{}'",
        "aging": str(settings.PRIORITY_AGING),
        "now": "clock_timestamp()",
        "alive": "clock_timestamp() - interval '600 s'",
        "expires": f"clock_timestamp() + interval '{settings.LEASE_TTL} s'",
    }
    find = statements.text("searches_with_work") % values
    return "\n".join(
        [
            "BEGIN;",
            f"SELECT id AS search FROM ({find}) AS first LIMIT 1 \\gset",
            f"{statements.text('claim') % values};",
            "COMMIT;",
        ]
    )


def by_pgbench(url: str, connections: int, batch: int, seconds: int) -> str:
    """What pgbench says about it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "claim.sql"
        file.write_text(script(batch), encoding="utf-8")
        done = subprocess.run(
            [
                *("pgbench", "--no-vacuum", "--file", str(file)),
                *("--protocol", "prepared"),  # as fleet.prepared has it
                *("--client", str(connections), "--jobs", "2"),
                *("--time", str(seconds), url),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise SystemExit(done.stderr[-1000:])
    wanted = ("tps", "latency average", "number of failed", "number of transactions")
    return "; ".join(
        line for line in done.stdout.splitlines() if line.startswith(wanted)
    )


def _claim_for(client: int, batch: int, seconds: int) -> tuple[int, list[float]]:
    """Claims of one process, and how long each took."""
    from django.db import connection

    from fleet import leases

    connection.close()
    worker, times, blocks = str(client).rjust(32, "0"), [], 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.perf_counter()
        blocks += len(leases.claim(worker, "prp", batch))
        times.append(time.perf_counter() - began)
    connection.close()
    return blocks, times


def through_django(processes: int, batch: int, seconds: int) -> str:
    """The same through `fleet.leases.claim`, one connection per process."""
    from django.db import connections

    connections.close_all()
    work = [(client, batch, seconds) for client in range(processes)]
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        answers = pool.starmap(_claim_for, work)
    times = sorted(one for _, some in answers for one in some)
    blocks = sum(count for count, _ in answers)
    p50, p99 = (1000 * times[int(len(times) * share)] for share in (0.5, 0.99))
    rate = len(times) / seconds
    return (
        f"claims/s {rate:.0f}; blocks/s {blocks / seconds:.0f};"
        f" p50 {p50:.1f} ms; p99 {p99:.1f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--through", choices=["pgbench", "django"], default="pgbench")
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--searches", type=int, default=1)
    parser.add_argument("--blocks", type=int, default=600_000)
    told = parser.parse_args()
    with prepared() as url:
        fill(told.blocks, searches=told.searches)
        processor = Processor()
        if told.through == "pgbench":
            said = by_pgbench(url, told.connections, told.batch, told.seconds)
        else:
            said = through_django(told.connections, told.batch, told.seconds)
        time.sleep(1.0)  # the last sessions end
        spent = processor.per(granted() / told.batch)
        twice = granted_twice()
    sys.stdout.write(f"{said}; {spent}; leased twice {twice}\n")


if __name__ == "__main__":
    main()
