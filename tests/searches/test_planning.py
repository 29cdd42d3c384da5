"""What may be ordered, and how an order is cut into its first blocks."""

from __future__ import annotations

from typing import Any

import pytest

from darkreach.errors import OrderError
from darkreach.order import Order
from searches import blocks
from searches.models import Block, Search
from searches.planning import place_order
from tests.audits import broken
from tests.hunts import drain, placed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"priority": 10}, "priority"),
        ({"priority": -1}, "priority"),
        ({"sieve_limit": 1}, "sieve limit"),
        ({"sieve_limit": 2**50}, "sieve limit"),
        ({"pm1": (1, 10)}, "P-1"),
        ({"pm1": (100, 10)}, "P-1"),
        ({"pm1": (10**9, 10**9)}, "P-1"),
    ],
)
def test_options_out_of_range_are_refused_and_change_nothing(
    options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(OrderError, match=reason):
        place_order(Order.parse("3*2^n+1", {"n": "1:50"}), **options)
    assert not Search.objects.exists()
    assert not Block.objects.exists()


def test_numbers_that_no_machine_tests_are_refused() -> None:
    with pytest.raises(OrderError, match="bits"):
        place_order(Order.parse("3*2^n+1", {"n": "1:200000000:100"}))
    assert not Search.objects.exists()


def test_a_long_order_is_cut_into_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "SPAN", 70)
    search = placed("3*2^n+1", n="1:200")
    spans = Block.objects.filter(search=search).order_by("first")
    assert [(b.first, b.count) for b in spans] == [(0, 70), (70, 70), (140, 60)]
    drain()
    search.refresh_from_db()
    assert search.state == "finished"
    assert broken() == {}


def test_the_hardware_that_a_search_wants_names_its_queues() -> None:
    search = place_order(
        Order.parse("3*2^n+1", {"n": "1:50"}), hardware_class="highmem"
    ).search
    queues = set(Block.objects.filter(search=search).values_list("queue", flat=True))
    assert queues == {"sieve.highmem"}
