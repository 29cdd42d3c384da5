"""manage.py hunt, from the command line to the answer."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import gmpy2
import pytest

from darkreach_site.management.commands.hunt import Command
from tests.darkreach_site.processes import alive, family, manage, start, wait_until


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["k*2^n+1", "--k", "3"], "n"),
        (["3*2^n+1"], "n"),
        (["(3*2^n+1", "--n", "1:9"], "parenthesis"),
        (["9**9**9", "--n", "1:9"], "^"),
        (["3*2^n+1", "--n", "9:1"], "reversed"),
        (["3*3^n+1", "--n", "1:9"], "even"),
        (["3*2^n+1", "--n", "1:9", "--m", "1:2"], "m"),
        (["3*2^n+1", "--n", "1:9", "--nn", "1:2"], "--nn"),
        (["3*2^n+1", "--n", "1:9", "--work", "2"], "--work"),
        (["3*2^n+1", "--n", "1:9", "--workers", "0"], "0"),
        (["k*2^n+1", "--k", "1:99999", "--n", "1:99999"], "100000000"),
        (["x" * 100_000, "--n", "1:9"], ""),
        (["--n", "1:9"], "expression"),
    ],
)
def test_a_bad_order_is_one_line_and_status_2(
    arguments: list[str],
    word: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("darkreach_site.hunting.ensure_bell", not_to_be_called)
    with pytest.raises(SystemExit) as end:
        Command().run_from_argv(["manage.py", "hunt", *arguments])
    assert end.value.code == 2
    seen = capsys.readouterr()
    assert seen.out == ""
    assert len(seen.err.splitlines()) == 1
    assert len(seen.err) < 500
    assert word in seen.err


def not_to_be_called() -> None:
    raise AssertionError("something was started for a bad order")


def test_a_bad_order_changes_nothing(home: Path) -> None:
    done = manage(home, "hunt", "3*2^n+1", "--n", "9:1")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert {file.name for file in home.iterdir()} <= {"secret_key"}


def proth_primes(k: int, last: int) -> list[int]:
    return [n for n in range(1, last + 1) if gmpy2.is_prime(k * 2**n + 1, 50)]


@pytest.mark.ledger
def test_a_hunt_finds_exactly_the_primes_and_answers_again_at_once(
    home: Path, ledger_url: str
) -> None:
    order = ["hunt", "k*2^n+1", "--k", "3,5", "--n", "1:150", "--json"]
    done = manage(home, *order, timeout=200, DATABASE_URL=ledger_url)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert set(answer) == {
        *("expression", "ranges", "candidates", "factored", "composite"),
        *("primes", "probable", "seconds"),
    }
    assert answer["expression"] == "k*2^n+1"
    assert answer["ranges"] == {"k": "3,5", "n": "1:150"}
    assert answer["candidates"] == 300
    found = {(p["variables"]["k"], p["variables"]["n"]) for p in answer["primes"]}
    assert found == {(k, n) for k in (3, 5) for n in proth_primes(k, 150)}
    settled = answer["factored"] + answer["composite"] + len(answer["primes"])
    assert settled == answer["candidates"]
    for prime in answer["primes"]:
        assert prime["certificate"] in ("small", "proth")
        assert len(prime["verified_by"]) >= 2
        n, k = prime["variables"]["n"], prime["variables"]["k"]
        assert prime["digits"] == len(str(k * 2**n + 1))
    assert {"sieve", "pm1", "prp", "prove"} <= set(answer["seconds"])
    assert not (home / "bell.sock").exists()

    before = (home / "logs" / "hunt-worker.log").stat().st_size
    again = manage(home, *order, timeout=60, DATABASE_URL=ledger_url)
    assert again.returncode == 0
    assert json.loads(again.stdout) == answer
    assert (home / "logs" / "hunt-worker.log").stat().st_size == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_hunt_stops_all_it_started_and_says_so(
    home: Path, number: signal.Signals
) -> None:
    hunt = start(home, "hunt", "k*2^n-1", "--k", "3:99:2", "--n", "1:3000")
    log = home / "logs" / "hunt-worker.log"
    wait_until(lambda: log.exists() and len(family(hunt.pid)) >= 5, 90)
    children = family(hunt.pid)
    hunt.send_signal(number)
    try:
        stdout, stderr = hunt.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        hunt.kill()
        raise
    assert hunt.returncode == 130
    assert stdout == ""
    assert "interrupted" in stderr
    assert not [pid for pid in children if alive(pid)]


def test_an_unreachable_bell_is_named(home: Path) -> None:
    done = manage(
        home,
        *("hunt", "3*2^n+1", "--n", "1:9"),
        timeout=60,
        REDIS_URL="redis://:hidden@127.0.0.1:1/0",
    )
    assert done.returncode == 1
    assert "127.0.0.1:1" in done.stderr
    assert "hidden" not in done.stderr
