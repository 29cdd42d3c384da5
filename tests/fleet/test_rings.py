"""An order rings the queues that have work of it, whoever placed it."""

from __future__ import annotations

import pytest
from django.db import transaction
from redis import Redis

from fleet import bell as rings
from searches import control
from searches.models import Block
from tests.hunts import placed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_failure_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """After one nobody rings for a moment, in this process that of any test."""
    monkeypatch.setattr(rings, "_silent_until", 0.0)


def test_an_order_rings_when_it_is_committed(bell: Redis) -> None:
    with transaction.atomic():
        search = placed("3*2^n+1", n="1:100")
        assert bell.llen("sieve") == 0, "nobody could see its blocks yet"
    assert Block.objects.filter(search=search, queue="sieve", state="ready").exists()
    assert bell.llen("sieve") > 0


def test_an_order_that_came_to_nothing_rings_nobody(bell: Redis) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        placed("3*2^n+1", n="1:100")
        raise RuntimeError
    assert bell.llen("sieve") == 0


def test_a_search_that_goes_on_rings_and_a_paused_one_does_not(bell: Redis) -> None:
    search = placed("3*2^n+1", n="1:100")
    bell.delete("sieve")
    control.pause(search.pk)
    assert bell.llen("sieve") == 0
    control.resume(search.pk)
    assert bell.llen("sieve") > 0
