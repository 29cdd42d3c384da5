"""Statements that PostgreSQL plans once a session, and submits that ask little."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from fleet import identity, leases, prepared, statements
from fleet.simulation.ledger import QUEUE, place_blocks
from fleet.submit import in_stock
from searches.models import Block

STATEMENTS = sorted(prepared._STATEMENTS)


@pytest.fixture
def ready(transactional_db: None) -> Iterator[None]:
    place_blocks(200, 60.0)
    connection.close()
    yield


def queries(claims: int) -> list[str]:
    worker = identity.register()
    with CaptureQueriesContext(
        connection,
    ) as seen:
        for _ in range(claims):
            assert len(leases.claim(worker, QUEUE)) == 1
    return [query["sql"] for query in seen.captured_queries]


def test_a_session_prepares_at_the_second_claim(ready: None) -> None:
    said = queries(3)
    if connection.vendor == "sqlite":
        assert not any("PREPARE" in text for text in said)
        return
    assert sum("PREPARE darkreach_claim " in text for text in said) == 1
    assert sum("EXECUTE darkreach_claim " in text for text in said) == 2
    connection.close()  # the next session knows nothing of it
    assert not any("EXECUTE" in text for text in queries(1))


def test_what_was_prepared_outlives_a_transaction_that_is_rolled_back(
    ready: None,
) -> None:
    worker = identity.register()
    for _ in range(3):
        with transaction.atomic():
            assert len(leases.claim(worker, QUEUE)) == 1
            transaction.set_rollback(True)
    assert len(leases.claim(worker, QUEUE)) == 1
    assert Block.objects.filter(state="leased").count() == 1


def test_sessions_behind_a_pooler_prepare_nothing(
    ready: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    assert not any("PREPARE" in text for text in queries(3))


@pytest.mark.parametrize("name", STATEMENTS)
def test_postgresql_takes_every_statement(transactional_db: None, name: str) -> None:
    """Each parameter has a type, and each type fits."""
    text = statements.text(name)
    names = list(dict.fromkeys(prepared._PARAMETER.findall(text)))
    assert set(names) <= set(prepared._TYPES)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(prepared._preparation(name, names, text))
            cursor.execute(f"DEALLOCATE darkreach_{name}")


def test_a_stage_is_in_stock_while_more_blocks_wait_than_are_done(
    transactional_db: None,
) -> None:
    place_blocks(100, 60.0)
    block = Block.objects.all()[0]
    ids = list(Block.objects.order_by("id").values_list("id", flat=True))
    Block.objects.filter(pk__in=ids[:83]).update(state="done")
    assert in_stock(block)
    leased = leases.claim(identity.register(), QUEUE, 2)
    assert not in_stock(block)
    for grant in leased:
        assert leases.release(grant)
    assert in_stock(block)
    Block.objects.filter(pk__in=ids[83:84]).update(state="done")
    assert not in_stock(block)
