"""Published searches, from the command line to the answer, through one platform."""

from __future__ import annotations

import csv
import json
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gmpy2
import pytest

from tests.darkreach_site.processes import alive, family, manage, start, wait_until

VECTORS = Path(__file__).parents[1] / "vectors" / "acceptance_searches.csv"
FEW = ("proth_k7", "base3_plus")


def rows(names: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """The published searches of these names, or all."""
    with VECTORS.open() as file:
        return [row for row in csv.DictReader(file) if not names or row["id"] in names]


@contextmanager
def running(home: Path, ledger_url: str) -> Iterator[subprocess.Popen[str]]:
    """`manage.py up` without its site; it and all its children end with the block."""
    up = start(home, "up", "--no-web", DATABASE_URL=ledger_url)
    seen: list[int] = []
    try:
        wait_until(lambda: len(family(up.pid)) >= 5, 90)
        yield up
        seen = family(up.pid)
    finally:
        up.send_signal(signal.SIGINT)
        up.communicate(timeout=60)
    assert not [pid for pid in seen if alive(pid)]


def hunt(home: Path, ledger_url: str, command: str) -> dict[str, object]:
    """The answer of one `manage.py hunt ... --json`; stdout holds nothing else."""
    arguments = shlex.split(command)[1:]
    done = manage(home, *arguments, timeout=240, DATABASE_URL=ledger_url)
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def hits(answer: dict[str, object]) -> list[int]:
    """The values of the only variable, ascending."""
    primes = answer["primes"]
    assert isinstance(primes, list)
    return sorted(next(iter(prime["variables"].values())) for prime in primes)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "names", [FEW, pytest.param((), marks=pytest.mark.slow)], ids=["few", "all"]
)
@pytest.mark.quick_on("sqlite")
def test_published_searches_give_exactly_their_hits(
    home: Path, ledger_url: str, names: tuple[str, ...]
) -> None:
    with running(home, ledger_url):
        for row in rows(names):
            answer = hunt(home, ledger_url, row["command"])
            assert hits(answer) == [int(n) for n in row["expected_hits"].split()]
            settled = [answer[name] for name in ("factored", "composite")]
            total = sum(map(int, settled)) + len(hits(answer))  # type: ignore[call-overload]
            assert total == answer["candidates"]
        audit = manage(home, "audit", DATABASE_URL=ledger_url)
        assert audit.returncode == 0, audit.stdout


@pytest.mark.timeout(600)
@pytest.mark.quick_on("sqlite")
def test_overlapping_orders_through_one_platform(home: Path, ledger_url: str) -> None:
    """The same numbers in three spellings, and bases mixed in one order."""
    exponents = [n for n in range(1, 401) if gmpy2.is_prime(15 * gmpy2.mpz(2) ** n + 1)]
    mixed = {
        k * b**n - 1
        for k in (2, 4, 6)
        for b in (2, 4, 3, 9)
        for n in range(1, 41)
        if gmpy2.is_prime(k * b**n - 1)
    }
    with running(home, ledger_url):
        one = hunt(home, ledger_url, "manage.py hunt '15*2^n+1' --n 1:400 --json")
        two = hunt(home, ledger_url, "manage.py hunt '15*4^n+1' --n 1:200 --json")
        three = hunt(home, ledger_url, "manage.py hunt '1+2^n*30' --n 0:300 --json")
        bases = hunt(
            home,
            ledger_url,
            "manage.py hunt 'k*b^n-1' --k 2,4,6 --b 2,4,3,9 --n 1:40 --json",
        )
        audit = manage(home, "audit", DATABASE_URL=ledger_url)
    assert hits(one) == exponents
    assert hits(two) == [n // 2 for n in exponents if n % 2 == 0]
    assert hits(three) == [n - 1 for n in exponents if n <= 301]
    primes = bases["primes"]
    assert isinstance(primes, list)
    assert len(primes) == len(mixed)
    assert audit.returncode == 0, audit.stdout
