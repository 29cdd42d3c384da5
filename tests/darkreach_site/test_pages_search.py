"""The page of one search: its funnel and its strips of blocks."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from darkreach_site.pages.selectors import blocks, funnels, progress
from searches import figures
from searches.clock import ledger_now
from searches.funnel import funnel
from searches.models import Block, Candidate, Search, SearchFigure
from searches.strips import ROWS
from tests import hunts

# Pages read with SQL of their own, on both databases.
pytestmark = pytest.mark.ledger

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def add_blocks(search: Search, count: int, **fields: object) -> list[Block]:
    return Block.objects.bulk_create(
        Block(**{"stage": "prp", **fields}, search=search, queue="prp", created_at=NOW)
        for _ in range(count)
    )


def counted(search: Search) -> SearchFigure:
    """What the schedule counts."""
    return figures.refresh(search, ledger_now())


def test_the_funnel_ends_where_the_numbers_end(hunted: Search) -> None:
    bars = funnels.bars(counted(hunted))
    counts = funnel(hunted)
    assert bars[0].count == counts["candidates"] == 200
    assert sum(bar.count for bar in bars[1:]) == 200
    assert [bar.name for bar in bars[1:]] == ["factored", "composite", "primes"]
    for before, after in pairwise(bars[1:]):
        assert abs(before.x + before.width - after.x) <= 8
    assert bars[-1].x + bars[-1].width <= funnels.WIDTH


def test_a_single_prime_among_many_is_still_seen(running: Search) -> None:
    running.size = 100_000_000
    Candidate.objects.create(
        search=running, index=1, key="0" * 32, expression="19", bits=5, state="prime"
    )
    (prime,) = [bar for bar in funnels.bars(counted(running)) if bar.name == "primes"]
    assert prime.count == 1
    assert prime.width > 0


def test_lists_and_funnel_agree_about_what_is_settled(
    hunted: Search, running: Search
) -> None:
    counted(running)
    for standing in progress.standings([hunted, running]):
        counts = funnel(standing.search)
        assert standing.candidates == counts["candidates"]
        assert standing.primes == counts["primes"]
        settled = counts["factored"] + counts["composite"] + counts["primes"]
        assert standing.settled == settled


def test_only_a_settled_search_shows_a_hundred_percent(running: Search) -> None:
    assert progress.Standing(running, 10_000, 9_999, 0).percent == "99.9"
    assert progress.Standing(running, 10_000, 10_000, 0).percent == "100"
    assert progress.Standing(running, 0, 0, 0).percent == "100"


def test_few_blocks_have_a_cell_each(running: Search) -> None:
    add_blocks(running, 3)
    add_blocks(running, 1, state="done", progress=1.0)
    strips = {strip.stage: strip for strip in blocks.strips(counted(running))}
    cells = strips["prp"].cells
    assert [cell.total for cell in cells] == [1, 1, 1, 1]
    assert cells[0].words == f"block {cells[0].first}: ready"
    assert cells[3].state == "done"
    assert cells[3].filled == blocks.HEIGHT


def test_many_blocks_share_at_most_two_hundred_cells(running: Search) -> None:
    for stage in ("sieve", "pm1", "prp", "prove"):
        add_blocks(running, 300, stage=stage)
    add_blocks(running, 300, stage="prove", purpose="verify")
    strips = blocks.strips(counted(running))
    assert tuple(strip.stage for strip in strips) == ROWS
    assert sum(len(strip.cells) for strip in strips) <= 200
    assert sum(strip.blocks for strip in strips) == Block.objects.count()


@pytest.mark.parametrize(
    ("state", "mark"),
    [("quarantined", "M1 2l8 16M9 2l-8 16"), ("cancelled", "M1 18l8")],
)
def test_states_differ_by_shape_and_by_words(
    client: Client, running: Search, state: str, mark: str
) -> None:
    (block,) = add_blocks(running, 1, state=state)
    counted(running)
    page = client.get(f"/searches/{running.pk}").content.decode()
    strip = page.split('<ul class="legend"')[0]
    assert mark in strip
    assert f"<title>block {block.pk}: {state}</title>" in strip


def test_a_cell_of_several_is_named_by_what_needs_an_eye(running: Search) -> None:
    add_blocks(running, 79, state="done", progress=1.0)
    add_blocks(running, 1, state="quarantined")
    (strip,) = [s for s in blocks.strips(counted(running)) if s.stage == "prp"]
    last = strip.cells[-1]
    assert last.state == "quarantined"
    assert last.words.endswith("1 quarantined, 1 done")
    assert last.filled == blocks.HEIGHT / 2


def test_the_page_says_how_to_order_the_same_again(
    client: Client, running: Search
) -> None:
    page = client.get(f"/searches/{running.pk}").content.decode()
    assert "manage.py hunt &#x27;5*2^n-1&#x27; --n 1:300" in page


def test_paused_and_evidence_are_said(client: Client, running: Search) -> None:
    Search.objects.update(state="paused", pm1_b1=100, pm1_b2=12345)
    page = client.get(f"/searches/{running.pk}").content.decode()
    assert '<span class="state paused">paused</span>' in page
    assert "a composite rests on one test, a share of them is repeated" in page
    assert '<span class="number"><span>12</span><span>345</span></span>' in page


def test_composites_are_shown_with_what_they_rest_on(
    client: Client, hunted: Search
) -> None:
    counts = counted(hunted).data["levels"]
    composite = Candidate.objects.filter(search=hunted, state="composite")
    assert counts["single"] + counts["double-checked"] == composite.count()
    # One host did all of it, and the page says so.
    assert counts["alone"] == counts["double-checked"] > 0
    cache.clear()
    page = client.get(f"/searches/{hunted.pk}").content.decode()
    assert "tested twice by one host" in page
    one = composite.filter(evidence="double-checked")[0]
    page = client.get(reverse("candidate", args=[one.expression])).content.decode()
    assert "double-checked" in page
    items = client.get(f"/api/v1/candidates?search={hunted.pk}&state=composite").json()
    assert "double-checked" in {item["evidence"] for item in items["items"]}


def test_before_the_first_test_nothing_was_to_be_expected(
    client: Client, db: None
) -> None:
    search = hunts.placed("3*2^n+1", n="100:200")
    while not search.candidates.exists():
        hunts.work_once("sieve")
    hunts.counted()
    page = " ".join(client.get(f"/searches/{search.pk}").content.decode().split())
    assert "None is tested yet. Among the" in page
    assert "were to be expected" not in page
