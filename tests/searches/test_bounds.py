"""P-1 is decided once, after the sieve, by what its bounds would save."""

from __future__ import annotations

from typing import Any

import pytest

from darkreach.order import Order
from searches import bounds, pipeline
from searches.clock import ledger_now
from searches.models import Block, Candidate, Search
from searches.planning import place_order
from tests.hunts import drain, placed

pytestmark = pytest.mark.django_db(transaction=True)


def sieved(expression: str, depth: int, position: int = 0, **ranges: str) -> Search:
    """A search whose sieve has ended with one candidate left."""
    search = placed(expression, **ranges)
    now = ledger_now()
    Block.objects.filter(search=search).update(state="done")
    order = Order.parse(expression, ranges)
    number = order.members(position)[0]
    Candidate.objects.create(
        search=search,
        index=position,
        key=number.key,
        expression=number.expression,
        bits=number.bits,
    )
    Search.objects.filter(pk=search.pk).update(
        sieve_limit=depth, sieve_figures={"ended": True}, created_at=now
    )
    search.refresh_from_db()
    return search


def test_known_divisors_bring_bounds_and_blocks() -> None:
    search = sieved("2^n-1", 2**45, n="1000003")
    assert pipeline.advance(search.pk)
    search.refresh_from_db()
    assert search.pm1_b1 is not None
    assert search.pm1_b2 is not None
    assert 1000 < search.pm1_b1 < search.pm1_b2
    assert search.pm1_note.startswith("chosen: finds a factor of")
    assert "divisible by 2000006" in search.pm1_note
    assert not search.pm1_undecided
    assert Block.objects.filter(search=search, stage="pm1").exists()


@pytest.mark.parametrize(
    ("expression", "depth", "reason"),
    [
        ("3*2^n+1", 2**45, "no bounds save more than they cost"),
        ("2^n-1", 2**61, "no bounds save more than they cost"),
    ],
)
def test_where_nothing_pays_the_reason_is_recorded(
    expression: str, depth: int, reason: str
) -> None:
    exponent = "1000003" if depth < 2**50 else "200003"
    search = sieved(expression, depth, n=exponent)
    assert pipeline.advance(search.pk)
    search.refresh_from_db()
    assert search.pm1_b1 is None
    assert search.pm1_note.startswith("skipped:")
    assert reason in search.pm1_note
    assert not Block.objects.filter(search=search, stage="pm1").exists()
    assert Block.objects.filter(search=search, stage="prp").exists()


def test_generalized_fermat_numbers_bring_their_power_of_two() -> None:
    search = sieved("b^65536+1", 2**45, b="100002")
    bounds.choose(search)
    search.refresh_from_db()
    assert search.pm1_b1 is not None
    assert "divisible by 131072" in search.pm1_note


def test_the_operators_bounds_are_not_touched() -> None:
    order = Order.parse("2^n-1", {"n": "1000003"})
    search = place_order(order, pm1=(500, 5000)).search
    bounds.choose(search)
    search.refresh_from_db()
    assert (search.pm1_b1, search.pm1_b2) == (500, 5000)
    assert search.pm1_note == "chosen by the operator"


def test_small_numbers_skip_it_and_are_told_why() -> None:
    search = placed("3*2^n+1", n="1:100")
    assert search.pm1_undecided
    drain()
    search.refresh_from_db()
    assert search.state == "finished"
    assert search.pm1_note.startswith("skipped: a number of")


def test_the_decision_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    search = sieved("3*2^n+1", 2**45, n="10007")
    bounds.choose(search)
    calls: list[Any] = []
    monkeypatch.setattr(bounds, "_decide", calls.append)
    bounds.choose(Search.objects.get(pk=search.pk))
    assert calls == []
