"""A ledger and a bell to be loaded: those of the environment, or servers of our own.

Both must be empty, or what an earlier benchmark left: nothing of value is touched.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

TITLE = "filled by a benchmark"


@contextmanager
def prepared(bell: bool = False) -> Iterator[str]:
    """Django set up on an empty PostgreSQL; yields its DATABASE_URL.

    DATABASE_URL and REDIS_URL are used if set.
    """
    with ExitStack() as stack:
        home = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="darkreach-load-")
        )
        os.environ["DARKREACH_HOME"] = home
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "darkreach_site.settings")
        if "DATABASE_URL" not in os.environ:
            from tests.postgres import Cluster

            cluster = Cluster()
            stack.callback(cluster.remove)
            cluster.start()
            os.environ["DATABASE_URL"] = cluster.new_database()
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        if settings.LEDGER_IS_SQLITE:
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

    from searches.models import Search

    if Search.objects.exclude(title=TITLE).exists():
        raise SystemExit("this ledger has searches of its own: want an empty one")
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE fleet_lease, fleet_turn, searches_block, searches_search,"
            " fleet_worker CASCADE"
        )
        cursor.execute(
            "INSERT INTO searches_search (id, title, key, spec, state, priority,"
            " evidence_level, hardware_class, sieve_limit, pm1_note, size,"
            " not_candidates, duplicates, max_bits, created_by, created_at)"
            " SELECT i, %s, lpad(i::text, 64, '0'), '{}', 'running', 5, 'single', '',"
            " 1000, '', 1, 0, 0, 1, '', now() FROM generate_series(1, %s) i",
            [TITLE, searches],
        )
        for state, count in (("done", done), ("ready", ready)):
            cursor.execute(
                "INSERT INTO searches_block (search_id, stage, purpose, queue, state,"
                " urgency, count, estimate, epoch, progress, current, reclaims,"
                " created_at, seconds, excluded, variant, path)"
                " SELECT 1 + i %% %s, 'prp', 'first', 'prp', %s, 2, 1, 60, 0, 0, '', 0,"
                " now(), 0, '[]', 0, 0 FROM generate_series(1, %s) i",
                [searches, state, count],
            )
        cursor.execute(
            "INSERT INTO fleet_worker (id, hostname, pid, queues, slots,"
            " hardware_class, software, started_at, seen_at)"
            " SELECT lpad(i::text, 32, '0'), 'load', 1, '[]', 1, 'cpu', '{}', now(),"
            " now() FROM generate_series(0, 99) i"
        )
        cursor.execute("ANALYZE searches_block")
        cursor.execute("ANALYZE searches_search")


def granted_twice() -> int:
    """Blocks that were leased more than once: none, or the claim is broken."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT block_id FROM fleet_lease"
            " GROUP BY block_id HAVING count(*) > 1) twice"
        )
        return int(cursor.fetchone()[0])
