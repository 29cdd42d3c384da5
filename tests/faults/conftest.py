"""What fault tests share: the ledger of the run, and a platform that works on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def ledger(transactional_db: None, request: pytest.FixtureRequest) -> str:
    """DATABASE_URL of the ledger that this test itself looks at."""
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return str(request.getfixturevalue("postgres").url(name))


@pytest.fixture
def platform(ledger: str, home: Path, settings: Any) -> Iterator[Any]:
    """A platform that is not started yet; it is stopped after the test."""
    from tests.faults.platform import installed

    # The audit asks the bell who lives.
    with installed(home, ledger, settings) as platform:
        yield platform


@pytest.fixture
def outages(ledger: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    from tests.faults.outages import Outages

    yield Outages(request)
    from django.db import connection

    connection.close()  # it may have been cut, and the tests to come need it
