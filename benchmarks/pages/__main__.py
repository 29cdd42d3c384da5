"""How long public pages take on a large ledger, and how large they are.

    python -m benchmarks.pages --candidates 10000000
    DATABASE_URL=... python -m benchmarks.pages --candidates 0 --only ^/api/

Cold: nothing kept or remembered, each time another page where there are several. Warm:
the kept answer. Both through the whole stack in this process; `--seconds` then asks
a running copy of the site over HTTP from eight connections. Wants an empty PostgreSQL
in DATABASE_URL, or starts one; one that is filled already is measured in slices by
`--candidates 0 --only`.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import sys
import time
from collections.abc import Iterator

from benchmarks.load.place import prepared
from benchmarks.pages import ledger
from benchmarks.pages.served import served

_REPEATS = 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--candidates", type=int, default=10_000_000, help="0: measure what is there"
    )
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument(
        "--only", default="", help="a pattern of addresses; none that fits: only fill"
    )
    told = parser.parse_args()
    os.environ.setdefault("DARKREACH_LOG_LEVEL", "ERROR")
    os.environ.setdefault("DARKREACH_API_RATE", str(10**9))
    with prepared(bell=True) as url:
        if told.candidates:
            began = time.perf_counter()
            ledger.fill(told.candidates)
            say(f"ledger made in {time.perf_counter() - began:.0f} s")
            count()
        expressions = ledger.give_real_keys(_REPEATS)
        addresses = pages(expressions) | api(expressions)
        addresses = {k: v for k, v in addresses.items() if re.search(told.only, k)}
        say(f"{'page':40} {'cold p50':>9} {'p95':>7} {'warm p95':>9}  ms, kB, queries")
        for name, some in addresses.items():
            measure(name, some)
        if told.seconds and addresses:
            say(served(url, [next(some) for some in addresses.values()], told.seconds))


def count() -> None:
    """What the schedule does, so that there are figures."""
    from fleet import figures

    for word in ("first", "next"):
        began = time.perf_counter()
        figures.refresh()
        say(f"{word} count of all figures: {time.perf_counter() - began:.1f} s")


def pages(expressions: list[str]) -> dict[str, Iterator[str]]:
    """Addresses by what they are; each list begins anew at its end."""
    from django.urls import reverse

    from searches.kinds import FORMS

    def each(name: str, values: list[object]) -> Iterator[str]:
        return itertools.cycle([reverse(name, args=[value]) for value in values])

    numbers = list(range(1, ledger.SEARCHES + 1))
    forms = list(FORMS)
    found = {
        "/": itertools.repeat("/"),
        "/primes/": itertools.repeat("/primes/"),
        "/primes/ by date": itertools.repeat("/primes/?sort=date"),
        "/primes/ of a form": itertools.cycle(f"/primes/?form={f}" for f in forms),
        "/primes/ of a family": itertools.repeat("/primes/?tag=proth"),
        "/primes/ of a rare family": itertools.repeat("/primes/?tag=twin&sort=date"),
        "/primes/ of some digits": itertools.cycle(
            f"/primes/?min={n}&max={n + 9}&sort=date" for n in range(310, 30000, 700)
        ),
        "/primes/ of a form, digits, days": itertools.cycle(
            f"/primes/?form={f}&min=1000&max=20000&from=2020-01-01" for f in forms
        ),
        "/primes/ far down": itertools.cycle(
            f"/primes/?after={n}~500000" for n in range(400, 30000, 700)
        ),
        "/primes/list.json": itertools.repeat("/primes/list.json"),
        "/primes/feed.atom": itertools.repeat("/primes/feed.atom"),
        "/primes/<label>": each("prime", list(expressions)),
        "/candidates/<label>": each("candidate", list(expressions)),
        "/primes/list.csv": itertools.repeat("/primes/list.csv"),
        "/primes/<label>/t5k.txt": each("submission", list(expressions)),
        "/primes/<label>/certificate.json": each("certificate", list(expressions)),
        "/searches/": itertools.repeat("/searches/"),
        "/searches/<id>": each("search", numbers),
        "/searches/<id>/expected.csv": each("expected-csv", numbers),
        "/searches/<id>/funnel.csv": each("funnel-csv", numbers),
        "/searches/<id>/blocks.csv": each("blocks-csv", numbers),
        "/forms/<form>": each("form", forms),
    }
    found |= {address: itertools.repeat(address) for address in _FIXED}
    return found


_FIXED = (
    *("/forms/", "/verification/", "/fleet/", "/fleet/speeds.csv", "/status"),
    *("/news", "/news.atom", "/throughput.csv", "/docs/", "/docs/formats"),
    *("/privacy", "/security", "/exports/"),
)


def api(expressions: list[str]) -> dict[str, Iterator[str]]:
    """The same for the API; `lists` that take filters are asked in several ways."""
    from darkreach_site.api.cursors import encode
    from darkreach_site.pages.labels import label
    from searches.kinds import FORMS

    numbers = range(1, ledger.SEARCHES + 1)
    labels = [label(each) for each in expressions]
    middle = [encode("digits", [n, 500_000]) for n in range(400, 30000, 700)]
    states = ("open", "composite", "prime")
    lists = {
        "primes": [""],
        "primes by date": ["?sort=date"],
        "primes 200 at once": ["?limit=200"],
        "primes far down": [f"?cursor={each}" for each in middle],
        "primes of a form": [f"?form={each}" for each in FORMS],
        "primes of a rare family": ["?tag=twin&sort=date"],
        "primes of a search": [f"?search={n}&sort=date" for n in numbers],
        "primes that are listed": ["?known=true"],
        "primes that are not": ["?known=false&sort=date"],
        "primes/<label>": [f"/{each}" for each in labels],
        "candidates of a search": [f"?search={n}" for n in numbers],
        "candidates in a state": [
            f"?search={n}&state={state}" for n in numbers for state in states
        ],
        "candidates/<label>": [f"/{each}" for each in labels],
        "searches": [""],
        "searches of a form": [f"?form={each}" for each in FORMS],
        "searches/<id>": [f"/{n}" for n in numbers],
        "forms": [""],
        "forms/<form>": [f"/{each}" for each in FORMS],
        "stats": [""],
        "events": [""],
        "events of a search": [f"?search={n}" for n in numbers],
        "openapi.json": [""],
    }
    found: dict[str, Iterator[str]] = {}
    for name, asked in lists.items():
        place = "/api/v1/" + re.split("[ /]", name)[0]
        found[f"/api/v1/{name}"] = itertools.cycle([place + each for each in asked])
    return found


def measure(name: str, addresses: Iterator[str]) -> None:
    from django.core.cache import cache
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="localhost")
    client.get(next(addresses))
    cold, warm, size, queries = [], [], 0, 0
    for _ in range(_REPEATS):
        address = next(addresses)
        cache.clear()
        cold.append(timed(client, address)[0])
        seconds, length = timed(client, address)
        warm.append(seconds)
        size = max(size, length)
        cache.clear()
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        queries = max(queries, len(asked))
    missed = p(cold, 0.95) > 200 or p(warm, 0.95) > 50 or size > 100_000 or queries > 12
    say(
        f"{name:40} {p(cold, 0.5):9.1f} {p(cold, 0.95):7.1f} {p(warm, 0.95):9.1f}"
        f"  {size / 1000:.1f} kB, {queries} queries"
        f"{' MISSED' if missed else ''}"
    )


def timed(client: object, address: str) -> tuple[float, int]:
    began = time.perf_counter()
    response = client.get(address)  # type: ignore[attr-defined]
    took = time.perf_counter() - began
    if response.status_code != 200:
        raise SystemExit(f"{address}: {response.status_code}")
    return took, len(response.content)


def p(times: list[float], share: float) -> float:
    """A quantile in milliseconds."""
    return 1000 * sorted(times)[min(len(times) - 1, int(share * len(times)))]


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
