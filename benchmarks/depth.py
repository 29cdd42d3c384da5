"""One small search with automatic depth and with five fixed depths.

    python -m benchmarks.depth [ROUNDS] [EXPRESSION n=A:B ...]

Every run has a ledger of its own and works in one process, one block after the other.
A line per depth: the median CPU seconds of the whole, which a busy machine disturbs
least, wall seconds from the order to the end, and those of the sieve and of the tests
as the blocks report them; then automatic / best fixed. The fixed depths lie around the
one that the first automatic run chose: 1/16, 1/4, 1, 4 and 16 times that.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

SEARCH = ("45*2^n+1", {"n": "5000:9000"})
FACTORS = (1 / 16, 1 / 4, 1, 4, 16)
ROUNDS = 3
AUTOMATIC = 0

Figures = dict[str, float]


def run(expression: str, ranges: dict[str, str], depth: int) -> Figures:
    """One run in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="darkreach-bench-") as home:
        environment = {**os.environ, "DARKREACH_HOME": home}
        environment.pop("DATABASE_URL", None)
        task = json.dumps([expression, ranges, depth])
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.depth", "--inside", task],
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
        )
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def inside(expression: str, ranges: dict[str, str], depth: int) -> Figures:
    """The search from order to end; needs a fresh home folder."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "darkreach_site.settings"
    import logging

    import django

    django.setup()
    logging.disable(logging.WARNING)  # nobody is rung here
    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from darkreach.order import Order
    from fleet import identity, leases, runner
    from fleet import speeds as measured
    from searches.funnel import stages
    from searches.planning import place_order
    from verification import rechecks

    order = Order.parse(expression, ranges)
    began, cpu = time.perf_counter(), time.process_time()
    search = place_order(order, sieve_limit=depth or None).search
    queues = ("coordinator", "prove", "prp", "pm1", "sieve")
    worker = identity.register()
    while True:
        speeds = measured.known(settings.HARDWARE_CLASS)
        grants = next((g for q in queues if (g := leases.claim(worker, q))), [])
        for grant in grants:
            runner.run_block(grant)
        if not rechecks.advance(search.pk, speeds) and not grants:
            break
    wall = time.perf_counter() - began
    search.refresh_from_db()
    if search.state != "finished":
        raise SystemExit(f"the search is {search.state}")
    spent = {name: stage["seconds"] for name, stage in stages(search).items()}
    return {
        "depth": search.sieve_limit,
        "cpu": time.process_time() - cpu,
        "sieve": spent["sieve"],
        "prp": spent["prp"],
        "wall": wall,
    }


def main() -> None:
    """Run all depths in turns and print the medians."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    expression, ranges = SEARCH
    if len(sys.argv) > 2:
        expression = sys.argv[2]
        ranges = dict(text.split("=", 1) for text in sys.argv[3:])
    first = run(expression, ranges, AUTOMATIC)  # compiles the kernels too
    depths = [AUTOMATIC, *(max(int(first["depth"] * f), 100) for f in FACTORS)]
    taken: dict[int, list[Figures]] = {depth: [] for depth in depths}
    for _ in range(rounds):
        for depth in depths:
            taken[depth].append(run(expression, ranges, depth))
    sys.stdout.write(f"{expression}, {ranges}, {rounds} rounds\n")
    sys.stdout.write("     depth     cpu s    wall s   sieve s     prp s\n")
    totals = {}
    for depth, figures in taken.items():
        medians = {k: statistics.median(f[k] for f in figures) for k in figures[0]}
        totals[depth] = medians
        name = "automatic" if depth == AUTOMATIC else f"{depth:.2e}"
        row = " ".join(f"{medians[k]:9.2f}" for k in ("cpu", "wall", "sieve", "prp"))
        sys.stdout.write(f"{name:>10} {row}  ({medians['depth']:.2e})\n")
    for what in ("cpu", "wall"):
        best = min(totals[depth][what] for depth in depths[1:])
        ratio = totals[AUTOMATIC][what] / best
        sys.stdout.write(f"automatic / best fixed, {what}: {ratio:.3f}\n")


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1] == "--inside":
        sys.stdout.write(json.dumps(inside(*json.loads(sys.argv[2]))) + "\n")
    else:
        main()
