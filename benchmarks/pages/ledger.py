"""A ledger of ten million candidates and a million primes, made by the database itself.

Indexes of the large tables are left out while rows come in and made afterwards, which
takes a third of the time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.load.place import TITLE

#: Searches over which the candidates are spread, each of another form.
SEARCHES = 16
#: One candidate in so many is prime, and one in so many is open.
_PRIME, _OPEN = 10, 11

_SEARCH = """
INSERT INTO searches_search (id, title, key, spec, form, state, priority,
    evidence_level, hardware_class, sieve_limit, sieve_automatic, sieve_figures,
    pm1_note, pm1_undecided, size, not_candidates, duplicates, unlisted, source,
    sieved_elsewhere, max_bits, created_by, created_at, finished_at)
VALUES (%(id)s, %(title)s, lpad(%(id)s::text, 64, '0'), %(spec)s, %(form)s, 'running',
    5, 'single', '', 1000000, false, '{}', '', false, %(size)s, 0, 0, 0, '', 0,
    %(bits)s, '', now(), NULL)
"""
_BLOCKS = """
INSERT INTO searches_block (search_id, stage, purpose, queue, state, urgency, first,
    count, p_min, p_max, estimate, epoch, progress, current, reclaims, created_at,
    started_at, done_at, seconds, lease_id, worker_id)
SELECT 1 + i %% %(searches)s, CASE WHEN i < %(searches)s THEN 'sieve' ELSE 'prp' END,
    'first', 'prp', CASE WHEN i %% 10 = 9 THEN 'ready' ELSE 'done' END, 2,
    CASE WHEN i < %(searches)s THEN 0 END, CASE WHEN i < %(searches)s
    THEN 1000000000 ELSE 0 END, 2, 1000000, 60, 1,
    CASE WHEN i %% 10 = 9 THEN 0 ELSE 1 END, '', 0, now(), now(), now(), 50, NULL,
    lpad('1', 32, '0')
FROM generate_series(0, %(count)s - 1) i
"""
_CANDIDATES = """
INSERT INTO searches_candidate (search_id, index, key, expression, bits, state,
    pm1_done, proof_given_up, settled_at)
SELECT 1 + i %% %(searches)s, i / %(searches)s,
    md5('c' || i), (2 * i + 1) || '*2^' || (1000 + i %% 100000) || '+1',
    1000 + i %% 100000,
    CASE WHEN i %% %(prime)s = 0 THEN 'prime' WHEN i %% %(open)s = 0 THEN 'open'
         ELSE 'composite' END,
    false, false, now()
FROM generate_series(1, %(count)s) i
"""
_RESIDUES = """
INSERT INTO verification_residue (key, expression, verdict, residue_type, base, res64,
    res2048, role, errors, software, seconds, block_id, epoch, worker_id, created_at)
SELECT key, expression, CASE state WHEN 'prime' THEN 'probable prime' ELSE 'composite'
    END, 1, 3, upper(left(key, 16)), repeat(key, 16), 'accepted', '{}',
    '{"program": "darkreach", "version": "0.1.0"}', 1.5, 1, 1, lpad('1', 32, '0'),
    now()
FROM searches_candidate WHERE state <> 'open' AND id % 5 = 0
"""
_CERTIFICATES = """
INSERT INTO verification_certificate (key, expression, kind, data, software, seconds,
    candidate_id, block_id, worker_id, created_at)
SELECT key, expression, 'proth', jsonb_build_object('a', '3', 'n', repeat(key, 8)),
    '{}', 1, id, 1, lpad('1', 32, '0'), now()
FROM searches_candidate WHERE state = 'prime'
"""
_CHECKS = """
INSERT INTO verification_certificatecheck (certificate_id, valid, reason, verified_by,
    seconds, block_id, created_at)
SELECT id, true, '', '["darkreach", "gmpy2"]', 0.1, 1, now()
FROM verification_certificate
"""
_PRIMES = """
INSERT INTO verification_prime (key, expression, digits, form, certificate_id,
    verified_by, search_id, found_at)
SELECT c.key, c.expression, 1 + floor(c.bits * 0.30103), s.form, v.id,
    '["darkreach", "gmpy2"]', s.id, now() - interval '2 days' - c.id * interval '9 s'
FROM searches_candidate c
JOIN verification_certificate v ON v.candidate_id = c.id
JOIN searches_search s ON s.id = c.search_id
"""
_TAGS = """
INSERT INTO verification_primetag (prime_id, name)
SELECT id, CASE WHEN id % 1000 = 0 THEN 'twin' ELSE 'proth' END FROM verification_prime
"""
_EVENTS = """
INSERT INTO searches_outboxevent (kind, subject, search, data, created_at, published_at,
    sequence)
SELECT 'prime.found', i::text, 1 + i %% %(searches)s, '{"expression": "3*2^5+1"}',
    now(), now(), i
FROM generate_series(1, %(count)s) i
"""
# A list of other people holds one prime in ten.
_LISTED = """
INSERT INTO verification_listedprime (key, description, digits, rank, who, year,
    comment, source)
SELECT key, expression, digits, id / 10, 'x1', 2026, '', 'all.txt'
FROM verification_prime WHERE id % 10 = 0
"""


def fill(candidates: int) -> None:
    """Everything, in order; minutes for ten million."""
    from django.db import connection

    from darkreach.order import Order
    from searches.kinds import FORMS
    from searches.models import Search

    if Search.objects.exclude(title=TITLE).exists():
        raise SystemExit("this ledger has searches of its own: want an empty one")
    order = Order.parse("k*2^n+1", {"k": "1:999:2", "n": "1:20000"})
    numbers = {"searches": SEARCHES, "prime": _PRIME, "open": _OPEN}
    with connection.cursor() as cursor:
        _give_defaults(cursor)
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute(
            "INSERT INTO fleet_worker (id, hostname, pid, queues, slots,"
            " hardware_class, hardware, software, started_at, seen_at) VALUES"
            " (lpad('1', 32, '0'), 'load', 1, '[]', 1, 'cpu', '{}', '{}', now(), now())"
        )
        for number in range(SEARCHES):
            values = {
                "id": number + 1,
                "title": TITLE,
                "spec": json.dumps(order.spec()),
                "form": FORMS[number],
                "size": candidates // SEARCHES + 1,
                "bits": 101_000,
            }
            cursor.execute(_SEARCH, values)
        cursor.execute(_BLOCKS, {**numbers, "count": max(160, candidates // 500)})
        with _bare("searches", "Candidate"):
            cursor.execute(_CANDIDATES, {**numbers, "count": candidates})
        with _bare("verification", "Residue"):
            cursor.execute(_RESIDUES)
        with _bare("verification", "Certificate"):
            cursor.execute(_CERTIFICATES)
        cursor.execute(_CHECKS)
        with _bare("verification", "Prime"):
            cursor.execute(_PRIMES)
        cursor.execute(_TAGS)
        cursor.execute(_LISTED)
        cursor.execute(_EVENTS, {**numbers, "count": max(1000, candidates // 100)})
        cursor.execute("VACUUM ANALYZE")


def _give_defaults(cursor: Any) -> None:
    """Columns that the statements above do not name are empty, not missing."""
    cursor.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_name ~ '^(searches|verification|fleet)_' AND is_nullable = 'NO'"
        " AND column_default IS NULL AND is_identity = 'NO' AND column_name <> 'id'"
    )
    empty = {"jsonb": "'{}'", "boolean": "false", "character varying": "''"}
    empty |= {"text": "''", "double precision": "0", "bigint": "0"}
    empty |= {"smallint": "0", "integer": "0"}
    for table, column, kind in cursor.fetchall():
        if kind in empty:
            cursor.execute(
                f'ALTER TABLE {table} ALTER "{column}" SET DEFAULT {empty[kind]}'
            )


@contextmanager
def _bare(app: str, name: str) -> Iterator[None]:
    """The table of a model without its secondary indexes while rows come in."""
    from django.apps import apps
    from django.db import connection

    model = apps.get_model(app, name)
    with connection.schema_editor() as editor:
        for index in model._meta.indexes:
            editor.remove_index(model, index)
    yield
    with connection.schema_editor() as editor:
        for index in model._meta.indexes:
            editor.add_index(model, index)


def give_real_keys(count: int) -> list[str]:
    """Some primes get the keys that their expressions have, so that they can be looked
    up; returns their expressions."""
    from django.db import connection

    from darkreach.identity import number_key
    from searches.models import Candidate
    from verification.models import Certificate, Prime, Residue

    with connection.cursor() as cursor:
        # Evidence is never changed, except here: its triggers rest in this session.
        cursor.execute("SET session_replication_role = replica")
    some = list(Prime.objects.filter(digits__lt=400).order_by("-id")[:count])
    for prime in some:
        key = number_key(prime.expression)
        for model in (Candidate, Residue, Certificate, Prime):
            model.objects.filter(key=prime.key).update(key=key)
    return [prime.expression for prime in some]
