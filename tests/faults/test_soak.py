"""L5, shortened: a fault every few seconds for minutes while orders keep coming."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from functools import partial

import psutil
import pytest
from django.db import connection

from darkreach_site.children import Child
from searches.models import Search
from tests.audits import broken
from tests.faults import storm
from tests.faults.outages import Outages
from tests.faults.platform import Platform, frozen, group_of, hands_of, kill_all, send
from tests.faults.test_bell_faults import flush, freeze, kill_and_restart

#: Seconds: of all, between two faults, between two audits.
LASTS, EVERY, AUDIT_EVERY = 180.0, 10.0, 60.0
#: How much more memory the coordinator may use in the last third than in the second.
GROWTH = 1.05
#: Rows that updates left behind, for each that lives, and so many more.
DEAD_PER_ROW, DEAD = 1.0, 10_000


class Soak:
    """The faults of one run, each on what runs at that moment."""

    def __init__(self, platform: Platform, outages: Outages) -> None:
        self.platform, self.outages = platform, outages
        self.workers = platform.start(workers=2)

    def faults(self) -> list[Callable[[], None]]:
        ledger = [self.outages.cut_connections, partial(self.outages.freeze, 3.0)]
        hurt_bell = [
            partial(fault, self.platform) for fault in (flush, kill_and_restart, freeze)
        ]
        return [
            self.kill_hand,
            self.replace,
            self.stop,
            self.sleep,
            *hurt_bell,
            *ledger,
        ]

    def _any(self) -> Child:
        return random.choice([child for child in self.workers if child.running])

    def kill_hand(self) -> None:
        """kill -9 to one process that computes."""
        for pid in hands_of(self._any())[:1]:
            send(pid, signal.SIGKILL)

    def replace(self) -> None:
        """kill -9 to a whole worker, and another one in its place."""
        self._another(kill_all)

    def stop(self) -> None:
        """A deployment."""
        self._another(lambda child: child.terminate())

    def _another(self, end: Callable[[Child], None]) -> None:
        victim = self._any()
        end(victim)
        self.workers.remove(victim)
        self.workers.append(self.platform.start_worker())

    def sleep(self) -> None:
        """A worker that stands still for longer than its lease."""
        with frozen(group_of(self._any())):
            time.sleep(10)

    def memory(self) -> int:
        """Of the coordinator and its processes, which nobody touches, in bytes."""
        (child,) = [c for c in self.platform.children if c.name == "coordinator"]
        return sum(psutil.Process(pid).memory_info().rss for pid in group_of(child))


def dead_rows() -> tuple[int, int]:
    """Rows that updates left behind, and rows that live; SQLite has no dead ones."""
    if connection.vendor == "sqlite":
        return 0, 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(n_dead_tup), sum(n_live_tup) FROM pg_stat_user_tables"
        )
        dead, live = cursor.fetchone()
    return int(dead), int(live)


@pytest.mark.timeout(1200)
@pytest.mark.slow
def test_nothing_is_lost_and_nothing_grows_while_everything_fails_in_turn(
    platform: Platform, outages: Outages
) -> None:
    soak = Soak(platform, outages)
    orders, searches = storm.orders(), []
    began = audited = time.monotonic()
    memory = []
    while (now := time.monotonic()) - began < LASTS:
        open_now = [search for search in searches[-8:] if not storm.finished(search)]
        if len(open_now) < 3 and (search := next(orders, None)) is not None:
            searches.append(search)
        random.choice(soak.faults())()
        connection.close()  # which a fault may have cut
        time.sleep(max(0.0, EVERY - (time.monotonic() - now)))
        if time.monotonic() - audited > AUDIT_EVERY:
            audited = time.monotonic()
            assert not lasting(broken())
        if now - began > LASTS / 3:
            memory.append(soak.memory())
    for search in searches:
        platform.wait_until(partial(storm.finished, search), 120)
        check(search)
    assert broken() == {}
    # A process of the coordinator is replaced now and then, and begins small.
    half = len(memory) // 2
    assert max(memory[half:]) < GROWTH * max(memory[:half])
    dead, live = dead_rows()
    assert dead < DEAD_PER_ROW * live + DEAD


def lasting(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """I10 says that work moves: not while nobody has come back from a fault yet."""
    return {name: lines for name, lines in found.items() if not name.startswith("I10")}


def check(search: Search) -> None:
    search.refresh_from_db()
    assert search.state == "finished"
    storm.check_primes(search)
    storm.check_counts(search)
    storm.check_residues(search)
