"""What the pages count of a search agrees with its blocks."""

from __future__ import annotations

import pytest

from searches.funnel import stages
from searches.models import Block
from tests.hunts import drain, placed

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_stage_counts_its_blocks_of_all_purposes() -> None:
    search = placed("3*2^n+1", n="1:300")
    drain()
    blocks = list(Block.objects.filter(search=search))
    assert len({block.purpose for block in blocks if block.stage == "prp"}) > 1
    for name, row in stages(search).items():
        mine = [
            block
            for block in blocks
            if name == ("verify" if block.purpose == "verify" else block.stage)
        ]
        assert row["total"] == len(mine)
        assert row["done"] == pytest.approx(sum(block.progress for block in mine))
        assert row["seconds"] == pytest.approx(sum(block.seconds for block in mine))
