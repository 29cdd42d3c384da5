"""States of long blocks: saved, resumed, torn, not kept; blocks that always fail."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gmpy2
import pytest

from darkreach import checkpoint, stages
from fleet import checkpoints, delivery, leases, runner
from fleet.identity import register
from fleet.models import Checkpoint
from fleet.stopping import stopping
from searches import quarantine
from searches.models import Block, OutboxEvent, Search
from tests.audits import broken
from tests.hunts import advance_all, drain, placed, work_once
from tests.oracle import prime_exponents
from verification import results
from verification.models import Residue

pytestmark = pytest.mark.django_db(transaction=True)
# One number whose test takes a second or so.
EXPRESSION, K, EXPONENT = "3*2^n+1", 3, 16_089


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.HOME = tmp_path
    delivery.spool.cache_clear()
    yield
    delivery.spool().close()
    delivery.spool.cache_clear()
    stopping.clear()


@pytest.fixture
def search() -> Search:
    """A search whose only test block has been begun and given back with its state."""
    found = placed(EXPRESSION, n=str(EXPONENT))
    while work_once("sieve"):
        advance_all()
    assert Block.objects.filter(stage="prp", state="ready").count() == 1
    return found


def begin(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Work a little on the test block, stop, and return the state that was saved."""
    monkeypatch.setattr(runner, "_STEP", 0.01)
    program = stages.program("prp")

    class Interrupted:
        def __getattr__(self, name: str) -> Any:
            return getattr(program, name)

        def step(self, run: Any, seconds: float) -> float:
            stopping.set()
            return program.step(run, seconds)

    monkeypatch.setattr(runner.stages, "program", lambda name: Interrupted())
    (grant,) = leases.claim(register(), "prp")
    runner.run_block(grant)
    monkeypatch.undo()
    stopping.clear()
    saved = leases.load_checkpoint(grant.block)
    assert saved is not None
    return saved[1]


def check(search: Search) -> None:
    drain()
    search.refresh_from_db()
    assert search.state == "finished"
    (residue,) = Residue.objects.filter(role="accepted")
    number = K * 2**EXPONENT + 1
    expected = int(gmpy2.powmod(residue.base, (number - 1) // 2, number))
    assert residue.res64 == f"{expected & (2**64 - 1):016X}"
    assert not Checkpoint.objects.exists()
    assert broken() == {}


def test_the_next_worker_goes_on_from_the_saved_state(
    search: Search, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    state = begin(monkeypatch)
    settings.HOME = Path(settings.HOME) / "another-host"
    seen = []
    original = stages.program("prp").start

    def start(task: Any, saved: bytes | None = None) -> Any:
        seen.append(saved)
        return original(task, saved)

    monkeypatch.setattr("darkreach.stages.prp.start", start)
    check(search)
    assert seen[0] == state


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_state_costs_time_and_never_a_wrong_residue(
    search: Search, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    state = bytearray(begin(monkeypatch))
    if seed % 2:
        state = state[: chance.randrange(len(state))]
    else:
        state[chance.randrange(len(state))] ^= 1 << chance.randrange(8)
    Checkpoint.objects.update(data=bytes(state))
    check(search)


def test_a_state_of_another_block_is_not_taken(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(monkeypatch)
    other = checkpoint.pack("prp", "0" * 64, {"squarings": 5})
    Checkpoint.objects.update(data=other)
    check(search)


def test_a_full_disk_leaves_the_work_going_on(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "write_file", full)
    monkeypatch.setattr(checkpoints, "_LARGE", 100)
    (grant,) = leases.claim(register(), "prp")
    block = Block.objects.select_related("search").get(pk=grant.block)
    saver = checkpoints.Saver(grant, block, {"stage": "prp"})
    saver.save(b"x" * 1000)
    assert leases.load_checkpoint(block.pk) == ({"stage": "prp"}, b"x" * 1000)
    leases.drop_checkpoint(block.pk)
    leases.release(grant)
    monkeypatch.undo()
    check(search)


def test_a_poison_block_is_quarantined_and_the_others_go_on(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F20: it fails three times, an operator is told, other searches go on."""
    poisoned = Block.objects.get(stage="prp")
    healthy = placed("5*2^n+1", n="1:60")
    original = stages.program("prp").start

    def start(task: Any, saved: bytes | None = None) -> Any:
        if task["candidates"][0]["members"][0].endswith(f"^{EXPONENT}+1"):
            raise MemoryError("poison")
        return original(task, saved)

    monkeypatch.setattr("darkreach.stages.prp.start", start)
    drain()
    poisoned.refresh_from_db()
    assert (poisoned.state, poisoned.reclaims) == ("quarantined", 3)
    assert OutboxEvent.objects.filter(kind="block.quarantined").count() == 1
    healthy.refresh_from_db()
    assert healthy.state == "finished"
    found = [prime["variables"]["n"] for prime in results.primes(healthy)]
    assert found == prime_exponents(5, 2, 1, range(1, 61))
    assert broken() == {}
    monkeypatch.undo()
    assert quarantine.retry(poisoned.pk)
    drain()
    search.refresh_from_db()
    assert search.state == "finished"
