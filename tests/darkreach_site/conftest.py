"""What the tests of the pages share.

Models are imported inside: this file may be read before Django has its settings.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from django.core.cache import cache

from tests.darkreach_site.processes import environment, free_port, server, wait_until

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


@pytest.fixture(scope="module")
def database_url(pytestconfig: pytest.Config) -> Callable[[], str]:
    def url() -> str:
        from django.db import connection

        name = str(connection.settings_dict["NAME"])
        if connection.vendor == "sqlite":
            return f"sqlite:///{name}"
        from tests.conftest import cluster_key

        return pytestconfig.stash[cluster_key].url(name)

    return url


@pytest.fixture
def copies(
    transactional_db: None, bell: object, database_url: Callable[[], str]
) -> Iterator[list[int]]:
    """Two web processes on the ledger and the bell of this run: their ports."""
    from django.conf import settings

    ports = [free_port(), free_port()]
    told = environment(
        settings.HOME,
        DATABASE_URL=database_url(),
        REDIS_URL=settings.BELL_URL,
        DARKREACH_LOG_LEVEL="ERROR",
    )
    command = [sys.executable, "-m", "uvicorn", "darkreach_site.asgi:application"]
    command += ["--lifespan", "off", "--no-access-log", "--log-level", "critical"]
    command += ["--timeout-graceful-shutdown", "1", "--port"]
    with ExitStack() as stack:
        for port in ports:
            stack.enter_context(server([*command, str(port)], told))
        for port in ports:
            wait_until(lambda port=port: _answers(port), 40)  # type: ignore[misc]
        yield ports


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/live").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def no_bell(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Nobody listens where the settings say that the bell is."""
    from fleet import bell

    settings.BELL_URL = f"unix://{tmp_path}/bell.sock"
    bell.client.cache_clear()
    yield
    bell.client.cache_clear()
