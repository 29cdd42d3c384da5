"""How the databases find work: by the partial index, however many blocks there are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from fleet import statements
from fleet.simulation.ledger import QUEUE, moment, place_blocks
from searches.models import Block, Search

pytestmark = pytest.mark.django_db
BLOCKS = 3000


def plan(name: str, **values: Any) -> str:
    """What EXPLAIN says about a statement."""
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    adapted = {key: statements._adapt(value) for key, value in values.items()}
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {statements.text(name)}", adapted)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


@pytest.mark.parametrize("share_done", [0.0, 0.9])
def test_claims_read_ready_blocks_by_their_index(share_done: float) -> None:
    """Also where nearly all blocks, or nearly none, are ready when they are counted."""
    place_blocks(BLOCKS, 60.0)
    first = Block.objects.order_by("id")[0].pk
    done = Block.objects.filter(pk__lt=first + share_done * BLOCKS)
    done.update(state="done", done_at=moment(1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":  # which reads small tables as a whole
            cursor.execute("SET LOCAL enable_seqscan = off")
    found = plan(
        "searches_with_work", queue=QUEUE, now=moment(2), aging=60, unsuitable=[]
    )
    assert found.count("block_ready") == 2, found
    found = plan(
        "claim",
        queue=QUEUE,
        search=Search.objects.get().pk,
        worker="0" * 32,
        limit=1,
        refused=[],
        now=moment(2),
        expires=moment(2) + timedelta(seconds=60),
    )
    assert "block_ready" in found, found
