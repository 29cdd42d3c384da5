"""Ctrl-C ends a hunt; the same order goes on where it ended, and loses nothing."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from fleet.models import Lease
from searches.models import Block, Search
from tests.audits import broken
from tests.darkreach_site.processes import alive, family, manage, start, wait_until
from tests.faults import storm
from tests.faults.platform import QUICK

ORDER = ["hunt", "k*2^n+1", "--k", "5,13", "--n", "1:4000", "--json"]


@pytest.mark.quick_on("sqlite")
def test_a_repeated_order_goes_on_where_ctrl_c_ended_it(
    ledger: str, home: Path
) -> None:
    hunt = start(home, *ORDER, DATABASE_URL=ledger, **QUICK)
    try:
        # The first test may be one ahead of the sieve, with nothing ready after it.
        wait_until(lambda: blocks("done", stage="prp") and unfinished(), 90)
        children = family(hunt.pid)
        hunt.send_signal(signal.SIGINT)
        stdout, stderr = hunt.communicate(timeout=60)
    finally:
        hunt.kill()
    assert (hunt.returncode, stdout) == (130, "")
    assert "interrupted" in stderr
    assert not [pid for pid in children if alive(pid)]
    assert not Lease.objects.filter(ended_at__isnull=True).exists()
    assert broken() == {}
    before = blocks("done")

    done = manage(home, *ORDER, DATABASE_URL=ledger, **QUICK)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    search = Search.objects.get()
    assert before < blocks("done") == Block.objects.count()
    assert answer["candidates"] == search.size
    found = {(p["variables"]["k"], p["variables"]["n"]) for p in answer["primes"]}
    assert found == {(k, n) for k in storm.FEW for n in storm.published()[k]}
    storm.check(search, endings=("released",))


def unfinished() -> int:
    """Blocks that can be interrupted, or need not be begun."""
    return blocks("ready") + blocks("leased")


def blocks(state: str, **where: str) -> int:
    """How many there are in that state."""
    return Block.objects.filter(state=state, **where).count()
