"""A finished result survives the absence of the ledger and the death of its worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from fleet import delivery, leases, runner
from fleet.identity import register
from fleet.stopping import stopping
from searches.models import Block
from tests.audits import broken
from tests.hunts import drain, placed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def spool_folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.HOME = tmp_path
    delivery.spool.cache_clear()
    yield
    delivery.spool().close()
    delivery.spool.cache_clear()
    stopping.clear()


class Absent:
    """A ledger that cannot be reached for the first few calls."""

    def __init__(self, calls: int, submit: Any) -> None:
        self.calls, self.submit, self.seen = calls, submit, 0

    def __call__(self, *args: Any) -> Any:
        self.seen += 1
        if self.seen <= self.calls:
            raise OperationalError("the database is away")
        return self.submit(*args)


def test_a_result_is_sent_again_until_it_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    placed("3*2^n+1", n="1:80")
    absent = Absent(2, delivery.submit)
    monkeypatch.setattr(delivery, "submit", absent)
    (grant,) = leases.claim(register(), "sieve")
    runner.run_block(grant)
    assert absent.seen == 3
    assert Block.objects.get(pk=grant.block).state == "done"
    assert delivery.spool().pending() == []


def test_a_stopped_worker_leaves_its_result_to_the_next_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    placed("3*2^n+1", n="1:80")
    monkeypatch.setattr(delivery, "submit", Absent(10**6, delivery.submit))
    (grant,) = leases.claim(register(), "sieve")
    monkeypatch.setattr("fleet.stopping.time.sleep", lambda _: stopping.set())
    runner.run_block(grant)
    assert Block.objects.get(pk=grant.block).state == "leased"
    monkeypatch.undo()
    stopping.clear()
    delivery.send_pending()
    assert Block.objects.get(pk=grant.block).state == "done"
    assert delivery.spool().pending() == []
    drain()
    assert broken() == {}


def test_a_refused_result_is_not_sent_for_ever() -> None:
    placed("3*2^n+1", n="1:80")
    (grant,) = leases.claim(register(), "sieve")
    outcome = delivery.deliver(grant, {"indices": "nonsense"})
    assert outcome is not None and outcome["status"] == "refused"
    assert delivery.spool().pending() == []


def test_a_stopping_worker_saves_its_state_and_gives_the_block_back() -> None:
    search = placed("3*2^n+1", n="1:80")
    (grant,) = leases.claim(register(), "sieve")
    stopping.set()
    runner.run_block(grant)
    block = Block.objects.get(pk=grant.block)
    assert block.state in ("ready", "done")
    stopping.clear()
    drain()
    search.refresh_from_db()
    assert search.state == "finished"
    assert broken() == {}
