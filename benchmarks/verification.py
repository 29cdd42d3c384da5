"""What verification takes at level `single`, from the ledger of a fleet of eight hosts.

    python -m benchmarks.verification [--numbers 6000] [--searches 3]

The searches are placed one after the other: in the first the hosts are new, later they
are trusted. Hosts claim and submit in turns inside one process, through the real
statements; every test is computed. The last search is worked without repetitions and
known answers. Each residue in the ledger has its seconds and its block's purpose.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections import defaultdict

from benchmarks.audit import ledger

HOSTS = 8
#: Numbers of one search lie in this range of n; each has its own range of k.
EXPONENTS = range(600, 1200)


def place(place_in_turn: int, numbers: int) -> int:
    """The search of about so many tests; returns its id."""
    from darkreach.order import Order
    from searches.planning import place_order

    # One number in seven is left by the primes that are sieved.
    width = max(1, numbers * 7 // len(EXPONENTS))
    first = 10_001 + 2 * width * place_in_turn
    ranges = {
        "k": f"{first}:{first + 2 * width - 2}:2",
        "n": f"{EXPONENTS.start}:{EXPONENTS.stop - 1}",
    }
    return place_order(Order.parse("k*2^n+1", ranges)).search.pk


def by_kind(search: int) -> dict[str, tuple[int, float]]:
    """Tests and core-seconds of each kind of work."""
    from verification.models import Residue

    found: dict[str, tuple[int, float]] = defaultdict(lambda: (0, 0.0))
    rows = Residue.objects.filter(block__search=search)
    for purpose, stage, role, seconds in rows.values_list(
        "block__purpose", "block__stage", "role", "seconds"
    ):
        first = purpose in ("first", "copy") and stage == "prp"
        kind = "known answers" if first and role == "repeated" else purpose
        kind = "proofs" if stage == "prove" else kind
        count, total = found[kind]
        found[kind] = count + 1, total + seconds
    return found


def row(name: str, search: int) -> str:
    kinds = by_kind(search)
    tests, seconds = kinds["first"]
    cells = [f"{tests:,} ({seconds:.1f} s)"]
    for kind in ("double", "known answers", "retest"):
        count, spent = kinds[kind]
        cells.append(f"{count:,} ({spent / seconds:.2%})")
    beside = kinds["double"][1] + kinds["known answers"][1]
    return f"| {name} | {' | '.join(cells)} | {beside / seconds:.2%} |"


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--numbers", type=int, default=6000)
    parser.add_argument("--searches", type=int, default=3)
    told = parser.parse_args()
    os.environ["DARKREACH_TARGET_SECONDS"] = "1"
    with ledger("sqlite"):
        logging.getLogger("fleet.bell").setLevel(logging.ERROR)  # there is none
        from django.conf import settings

        from searches.models import Search
        from tests.fleet.fleets import Host, coordinator, work_out

        hosts = [Host(f"host{i}") for i in range(HOSTS)] + [coordinator()]
        say(
            "| hosts | first tests | repeated | known answers | other bases |"
            " repeated and known |"
        )
        for turn in range(told.searches):
            name = "new" if turn == 0 else f"known for {turn} searches"
            if turn and turn == told.searches - 1:
                name += ", nothing repeated"
                settings.RECHECK_SHARE = settings.CANARY_SHARE = 0.0
            search = place(turn, told.numbers)
            work_out(hosts, most=100_000)
            assert Search.objects.get(pk=search).state == "finished"
            say(row(name, search))


if __name__ == "__main__":
    main()
