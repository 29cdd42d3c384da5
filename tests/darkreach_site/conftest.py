"""What the tests of the pages share.

Models are imported inside: this file may be read before Django has its settings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache

if TYPE_CHECKING:
    from django.test import Client

    from searches.models import Search


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Figures that pages keep for a moment belong to the test that made them."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def hunted(db: None) -> Search:
    """A finished search with primes, hunted by the real stages."""
    from tests import hunts

    search = hunts.placed("3*2^n+1", n="1:200")
    hunts.drain()
    hunts.counted()
    search.refresh_from_db()
    return search


@pytest.fixture
def running(db: None) -> Search:
    """A search of which nothing is done yet."""
    from tests import hunts

    return hunts.placed("5*2^n-1", n="1:300")


@pytest.fixture
def operator(admin_client: Client) -> Client:
    """A browser in which an operator is logged in."""
    return admin_client
