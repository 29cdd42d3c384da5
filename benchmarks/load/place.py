"""A ledger and a bell to be loaded: those of the environment, or servers of our own.

Both must be empty, or what an earlier benchmark left: nothing of value is touched.
"""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

TITLE = "filled by a benchmark"
#: The PostgreSQL that `prepared` started, if it did.
servers: list[Any] = []


@contextmanager
def prepared(bell: bool = False, sqlite: bool = False) -> Iterator[str]:
    """Django set up on an empty PostgreSQL; yields its DATABASE_URL.

    DATABASE_URL and REDIS_URL are used if set. sqlite: a file of SQLite instead.
    """
    with ExitStack() as stack:
        home = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="darkreach-load-")
        )
        os.environ["DARKREACH_HOME"] = home
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "darkreach_site.settings")
        if sqlite:
            os.environ["DATABASE_URL"] = f"sqlite:///{home}/ledger.sqlite3"
        elif "DATABASE_URL" not in os.environ:
            from tests.postgres import Cluster

            cluster = Cluster()
            servers.append(cluster)
            stack.callback(cluster.remove)
            cluster.start(buffers="512MB")
            os.environ["DATABASE_URL"] = cluster.new_database()
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        if settings.LEDGER_IS_SQLITE and not sqlite:
            raise SystemExit("this benchmark wants a PostgreSQL in DATABASE_URL")
        call_command("migrate", "--noinput", verbosity=0)
        if bell and settings.BELL_IS_EMBEDDED:
            from darkreach_site.embedded_bell import EmbeddedBell

            server = EmbeddedBell(Path(home), settings.BELL_SOCKET)
            server.ensure()
            stack.callback(server.stop)
        yield os.environ["DATABASE_URL"]


def fill(ready: int, done: int = 0, searches: int = 1) -> None:
    """Blocks of `prp`: `done` finished ones first, then `ready` ones, evenly spread."""
    from django.db import connection

    from fleet.models import Worker
    from searches.clock import ledger_now
    from searches.models import Search

    if Search.objects.exclude(title=TITLE).exists():
        raise SystemExit("this ledger has searches of its own: want an empty one")
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE fleet_lease, fleet_turn, searches_block, searches_search,"
            " fleet_worker CASCADE"
        )
        Search.objects.bulk_create(
            Search(
                title=TITLE,
                key=f"{number:064d}",
                spec={},
                size=1,
                sieve_limit=1000,
                max_bits=1,
                created_at=ledger_now(),
            )
            for number in range(searches)
        )
        first = Search.objects.earliest("id").pk
        for state, count in (("done", done), ("ready", ready)):
            cursor.execute(
                "INSERT INTO searches_block (search_id, stage, purpose, queue, state,"
                " urgency, count, estimate, epoch, progress, current, reclaims,"
                " created_at, seconds, excluded, variant, path)"
                " SELECT %s + i %% %s, 'prp', 'first', 'prp', %s, 2, 1, 60, 0, 0, '',"
                " 0, now(), 0, '[]', 0, 0 FROM generate_series(1, %s) i",
                [first, searches, state, count],
            )
        Worker.objects.bulk_create(
            Worker(
                id=f"{number:032d}",
                hostname="load",
                pid=1,
                started_at=ledger_now(),
                seen_at=ledger_now(),
            )
            for number in range(100)
        )
        for table in ("searches_block", "searches_search", "fleet_worker"):
            cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute("CHECKPOINT")


class Processor:
    """Processor time of the database's sessions, and of our own child processes.

    Unlike rates it says the same on a busy machine. A session counts when it has ended.
    """

    def __init__(self) -> None:
        self._before = self._now()

    def _now(self) -> tuple[float, float]:
        servers = [
            child for child in psutil.Process().children() if child.name() == "postgres"
        ]
        times = [server.cpu_times() for server in servers]
        ours = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (
            sum(time.children_user + time.children_system for time in times),
            ours.ru_utime + ours.ru_stime,
        )

    def per(self, count: float) -> str:
        """Milliseconds of both since the beginning, for each of so many."""
        pairs = zip(self._now(), self._before, strict=True)
        ledger, ours = (1000 * (now - then) / max(count, 1) for now, then in pairs)
        return f"processor {ledger:.2f} ms in the database, {ours:.2f} ms outside, each"


def granted() -> int:
    """Leases that were granted."""
    from fleet.models import Lease

    return Lease.objects.count()


def granted_twice() -> int:
    """Blocks that were leased more than once: none, or the claim is broken."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT block_id FROM fleet_lease"
            " GROUP BY block_id HAVING count(*) > 1) twice"
        )
        return int(cursor.fetchone()[0])
