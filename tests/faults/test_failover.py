"""F10: the primary of the ledger dies and its standby takes over.

Everybody names both servers and takes the one that can be written to. Where commits
wait for the standby, whatever was acknowledged is there afterwards. Where they do not,
the newest may be gone: the blocks of these submits are leased or ready in what is left,
and are done again. A lease of which the new primary knows nothing is of no use, because
its id is random: nothing tells one line of history from another, and nothing need to.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.db import connection, connections

from fleet import bell
from searches.models import Search
from tests.darkreach_site.processes import manage
from tests.faults import storm
from tests.faults.outages import in_background
from tests.faults.platform import Platform
from tests.faults.test_ledger_outages import Client, until_first_tests
from tests.postgres import OWNER, Cluster

#: Seconds in which the standby hears nothing before the primary dies.
BEHIND = 2.0


class Pair:
    """A primary and its standby."""

    def __init__(self) -> None:
        self.primary = Cluster()
        self.primary.start()
        self.database = self.primary.new_database().rpartition("/")[2]
        self.standby = Cluster(standby_of=self.primary)
        self.standby.start()

    def url(self) -> str:
        """Both; whoever can be written to is meant."""
        folders = f"{self.primary.folder},{self.standby.folder}"
        query = {"host": folders, "target_session_attrs": "read-write"}
        return f"postgresql://{OWNER}@/{self.database}?{urlencode(query)}"

    def remove(self) -> None:
        self.primary.remove()
        self.standby.remove()


@contextmanager
def looking_at(url: str) -> Iterator[None]:
    """This test's own session goes to that ledger."""
    import dj_database_url

    connection.close()
    settings = connections.settings["default"]
    before = dict(settings)
    other: dict[str, Any] = {**before, **dj_database_url.parse(url)}
    other["OPTIONS"]["connect_timeout"] = 5
    settings.update(other)
    try:
        yield
    finally:
        connection.close()
        settings.update(before)


@pytest.mark.timeout(600)
@pytest.mark.slow
@pytest.mark.parametrize("synchronous", [True, False])
def test_a_standby_takes_over_in_the_middle_of_a_search(
    transactional_db: None, home: Path, settings: Any, synchronous: bool
) -> None:
    if connection.vendor == "sqlite":
        return  # one file on one machine: nobody can take over
    pair = Pair()
    platform = Platform(home, pair.url())
    try:
        assert manage(home, "migrate", DATABASE_URL=pair.url()).returncode == 0
        pair.primary.wait_for_standby(synchronous)
        settings.BELL_URL = platform.bell_url
        bell.client.cache_clear()
        with looking_at(pair.url()):
            fail_over_under_load(platform, pair, synchronous)
    finally:
        platform.stop()
        bell.client.cache_clear()
        pair.remove()


def fail_over_under_load(platform: Platform, pair: Pair, synchronous: bool) -> None:
    platform.start(workers=1)
    search = storm.place((5, 9, 13))
    client = Client(search, 240)
    until_first_tests(platform, search)
    with in_background(client.work):
        platform.wait_until(lambda: len(client.acknowledged) >= 2, 60)
        if not synchronous:
            pair.standby.freeze()
            time.sleep(BEHIND)
        pair.primary.stop(signal.SIGQUIT)
        if not synchronous:
            pair.standby.thaw()
        pair.standby.promote()
    connection.close()
    assert client.interrupted
    if synchronous:
        client.check()
    check(search)


def check(search: Search) -> None:
    """Whole and right; what the old primary took with it has been done again."""
    search.refresh_from_db()
    assert search.state == "finished"
    storm.check_primes(search)
    storm.check_counts(search)
    storm.check_residues(search)
    call_command("audit")
