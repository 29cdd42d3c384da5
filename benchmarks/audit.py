"""How long `manage.py audit` takes in a ledger of a million candidates.

    python -m benchmarks.audit --ledger sqlite|postgresql [--numbers 6200000]

The order k*2^n+1 is placed and really sieved by the primes up to 1000, which leaves one
number in six as a row and the factors of the others packed in spans. The database then
makes up how the rows ended: a residue each, the leases of their blocks, second residues
of a tenth, and certificates of one in a thousand. Everything is in a folder of its own,
which is removed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

#: Rows per block of tests; one row in so many has a second residue, or is prime.
_PER_BLOCK, _SECOND, _PRIME = 1000, 10, 1000
_WORKER = "1".zfill(32)
_PROGRAMS = '["darkreach.certificates.verify", "gmpy2"]'


@contextmanager
def ledger(kind: str) -> Iterator[None]:
    """Django on an empty ledger of that kind, migrated."""
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="darkreach-"))
        os.environ.pop("DATABASE_URL", None)
        os.environ.update(DARKREACH_HOME=home)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "darkreach_site.settings")
        if kind == "postgresql":
            from tests.postgres import Cluster

            cluster = Cluster()
            stack.callback(cluster.remove)
            cluster.start()
            os.environ["DATABASE_URL"] = cluster.new_database()
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", "--noinput", verbosity=0)
        yield


def sieve(numbers: int) -> None:
    """Place the order and sieve it, as a worker does."""
    from darkreach.order import Order
    from fleet import identity, leases, runner
    from searches.planning import place_order

    last = 1000 + numbers // 2000 - 1
    order = Order.parse("k*2^n+1", {"k": "1:3999:2", "n": f"1000:{last}"})
    place_order(order, sieve_limit=1000)
    worker = identity.register()
    while grants := leases.claim(worker, "sieve"):
        for grant in grants:
            runner.run_block(grant)


def _insert(cursor: Any, model: Any, source: str, **columns: str) -> None:
    """Rows of the model from a query; columns that are not named get their default."""
    from django.db import connection
    from django.utils import timezone

    names, values, told = [], [], []
    for field in model._meta.concrete_fields:
        text = columns.pop(field.column, None)
        if text is None and field.primary_key:
            continue
        names.append(f'"{field.column}"')
        values.append("%s" if text is None else text)
        if text is None:
            default = None if field.null else field.get_default()
            if default is None and field.name.endswith("_at") and not field.null:
                default = timezone.now()
            told.append(field.get_db_prep_save(default, connection))
    assert not columns, columns
    cursor.execute(
        f"INSERT INTO {model._meta.db_table} ({', '.join(names)})"
        f" SELECT {', '.join(values)} {source}",
        told,
    )


def end(evidence: Any, fleet: Any, searches: Any) -> None:
    """Every row gets an end, and what it rests on."""
    from django.db import connection

    first = searches.Candidate.objects.earliest("id").pk
    block = searches.Block.objects.latest("id").pk + 1
    search = searches.Search.objects.get()
    now = search.created_at
    fleet.Worker.objects.create(
        id=_WORKER, hostname="a host", pid=1, started_at=now, seen_at=now
    )
    searches.Candidate.objects.update(block=None, unweighed=False, evidence="single")
    searches.Block.objects.exclude(stage="sieve").delete()
    rows = searches.Candidate._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {rows} SET state = 'composite', tester = 'a host'")
        cursor.execute(
            f"UPDATE {rows} SET evidence = 'double-checked' WHERE id % {_SECOND} = 1"
        )
        cursor.execute(
            f"UPDATE {rows} SET state = 'prime', evidence = '' WHERE id % {_PRIME} = 0"
        )
        place = f"{block} + (id - {first}) / {_PER_BLOCK}"
        for start, purpose, some in (
            (0, "first", ""),
            (10**7, "double", f" AND id %% {_SECOND} = 1"),
        ):
            _insert(
                cursor,
                searches.Block,
                f"FROM (SELECT DISTINCT {place} AS place FROM {rows}) AS places",
                id=f"place + {start}",
                search_id=str(search.pk),
                stage="'prp'",
                purpose=f"'{purpose}'",
                queue="'prp'",
                state="'done'",
                count=str(_PER_BLOCK),
                epoch="1",
                progress="1",
            )
            _insert(
                cursor,
                fleet.Lease,
                f"FROM searches_block WHERE stage = 'prp' AND purpose = '{purpose}'",
                id=f"'{purpose}' || id",
                block_id="id",
                epoch="1",
                worker_id=f"'{_WORKER}'",
                ended_at="created_at",
                ending="'submitted'",
            )
            _insert(
                cursor,
                evidence.Residue,
                f"FROM {rows} WHERE true{some}",
                key="key",
                expression="expression",
                verdict="CASE state WHEN 'prime' THEN 'prime' ELSE 'composite' END",
                residue_type="2",
                base="3",
                res64="upper(substr(key, 1, 16))",
                kernel=f"'{purpose}'",
                version="'0.1.0'",
                role="'accepted'" if purpose == "first" else "'repeated'",
                host=f"'{purpose} host'",
                block_id=f"{place} + {start}",
                epoch="1",
                worker_id=f"'{_WORKER}'",
            )
        _prove(cursor, evidence, rows, search, block)
        cursor.execute("ANALYZE")


def _prove(cursor: Any, evidence: Any, rows: str, search: Any, block: int) -> None:
    _insert(
        cursor,
        evidence.Certificate,
        f"FROM {rows} WHERE state = 'prime'",
        key="key",
        expression="expression",
        kind="'proth'",
        data="'{}'",
        candidate_id="id",
        block_id=str(block),
        worker_id=f"'{_WORKER}'",
    )
    _insert(
        cursor,
        evidence.CertificateCheck,
        "FROM verification_certificate",
        certificate_id="id",
        valid="true",
        verified_by=f"'{_PROGRAMS}'",
        block_id=str(block),
    )
    _insert(
        cursor,
        evidence.Prime,
        "FROM verification_certificate",
        key="key",
        expression="expression",
        digits="1000",
        certificate_id="id",
        verified_by=f"'{_PROGRAMS}'",
        search_id=str(search.pk),
    )


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def measure(numbers: int) -> None:
    from django.core.management import call_command

    from fleet import audit as of_leases
    from fleet import models as fleet
    from searches import models as searches
    from verification import audit as of_evidence
    from verification import models as evidence

    begin = time.perf_counter()
    sieve(numbers)
    end(evidence, fleet, searches)
    searches.Search.objects.update(state="finished")
    removed = sum(searches.SievedSpan.objects.values_list("removed", flat=True))
    say(
        f"{searches.Candidate.objects.count():,} rows, {removed:,} factors in spans, "
        f"{evidence.Residue.objects.count():,} residues, "
        f"{evidence.Prime.objects.count():,} primes, "
        f"{fleet.Lease.objects.count():,} leases, "
        f"filled in {time.perf_counter() - begin:.0f} s"
    )
    for name, check in {**of_evidence.CHECKS, **of_leases.CHECKS}.items():
        begin = time.perf_counter()
        found = list(check())
        say(f"{name}: {time.perf_counter() - begin:.1f} s {found[:3] or ''}")
    begin = time.perf_counter()
    call_command("audit")
    say(f"manage.py audit: {time.perf_counter() - begin:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ledger", choices=["sqlite", "postgresql"], required=True)
    parser.add_argument("--numbers", type=int, default=6_200_000)
    told = parser.parse_args()
    with ledger(told.ledger):
        measure(told.numbers)


if __name__ == "__main__":
    main()
