"""F4, F5: workers that freeze and wake up late, and workers that are told to stop."""

from __future__ import annotations

import sqlite3
import time
from functools import partial
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction

from darkreach import checkpoint, stages
from darkreach.order import Order
from darkreach_site.children import Child
from fleet.models import Checkpoint, Lease
from searches.models import Block, Search
from searches.planning import place_order
from tests.darkreach_site.processes import alive
from tests.faults import storm
from tests.faults.platform import Platform, frozen, group_of, hands_of
from verification.models import Residue

#: Seconds that a worker may take to stop in good order.
LONGEST_STOP = 5.0
#: And until it has dropped a block that was cancelled.
LONGEST_CANCEL = 10.0
#: 3*2^150006+1, some seconds of one core: long enough to be stopped in the middle.
#: Its residue 5^((N-1)/2) comes from one call of gmpy2.powmod.
LARGE, LARGE_N, LARGE_RES64 = "3*2^n+1", "150006", "44DCE8228C9442F8"


def write_lock_is_free() -> bool:
    """Not so while the frozen process stands in the middle of a write to SQLite."""
    if connection.vendor != "sqlite":
        return True
    ledger = sqlite3.connect(str(connection.settings_dict["NAME"]), timeout=1)
    try:
        ledger.execute("BEGIN IMMEDIATE")
        ledger.rollback()
    except sqlite3.OperationalError:
        return False
    finally:
        ledger.close()
    return True


def still_held(lease: Lease) -> bool:
    """Not so while a commit of the frozen process is on its way, however long it takes,
    nor after it."""
    rows = Lease.objects.filter(pk=lease.pk, ended_at__isnull=True)
    try:
        with transaction.atomic():
            return rows.select_for_update(nowait=True).exists()
    except OperationalError:
        return False


def held_by(worker: Child) -> Lease | None:
    """The lease of a test block that the worker holds, if it holds one."""
    assert worker.process is not None
    held = Lease.objects.filter(ended_at__isnull=True, block__stage="prp")
    return held.filter(worker__pid=worker.process.pid).first()


@pytest.mark.quick_on("postgresql")
def test_a_zombie_is_refused_and_its_residues_are_kept(platform: Platform) -> None:
    zombie, other = platform.start(workers=2)
    search = storm.place(storm.FEW)
    deadline = time.monotonic() + 60
    while True:
        assert time.monotonic() < deadline, platform.logs()
        platform.wait_until(lambda: held_by(zombie), 60)
        time.sleep(0.15)  # so that it has read what to compute
        with frozen(group_of(zombie)):
            lease = held_by(zombie)
            if lease is None or not write_lock_is_free() or not still_held(lease):
                continue
            platform.wait_until(partial(was_reclaimed, lease), 20)
            platform.wait_until(lambda: storm.finished(search), 60)
            break
    platform.wait_until(lambda: answer(lease) or dropped(platform, zombie, lease), 30)
    late = Residue.objects.filter(block=lease.block, epoch=lease.epoch)
    if answer(lease):
        assert answer(lease)["status"] == "refused"
        assert late.filter(role="repeated").exists()
    assert not late.filter(role="accepted").exists()
    assert other.running
    storm.check(search)


def was_reclaimed(lease: Lease) -> bool:
    return Lease.objects.get(pk=lease.pk).ending == "reclaimed"


def answer(lease: Lease) -> dict[str, str]:
    """What its submit was answered, if it came to that."""
    return Lease.objects.get(pk=lease.pk).outcome or {}


def dropped(platform: Platform, worker: Child, lease: Lease) -> bool:
    """It noticed in the middle of the block that the lease is gone."""
    return platform.said(worker, f"block {lease.block_id}: the lease is gone")


@pytest.mark.quick_on("sqlite")
def test_sigterm_releases_every_lease_and_the_next_worker_resumes(
    platform: Platform,
) -> None:
    platform.start(workers=2)
    order = Order.parse(LARGE, {"n": LARGE_N})
    # P-1 bounds that are done at once, so that the test is the long work.
    placed = place_order(order, sieve_limit=10_000, priority=8, pm1=(2, 2))
    large = placed.search
    small = storm.place(storm.FEW)
    platform.wait_until(lambda: progress(large) > 0.1, 60)
    block = Block.objects.get(search=large, stage="prp")

    for child in stop_all(platform):
        assert child.process is not None and child.process.returncode == 0, child.name
    assert not Lease.objects.filter(ended_at__isnull=True).exists()
    assert Lease.objects.get(block=block).ending == "released"
    assert 0.1 < mark(block) < 1.0

    platform.start_coordinator()
    platform.start_worker()
    platform.start_worker()
    platform.wait_until(lambda: storm.finished(small) and storm.finished(large), 90)
    assert Residue.objects.get(block=block).res64 == LARGE_RES64
    block.refresh_from_db()
    assert block.seconds > MARK, "the block began again instead of going on"
    assert block.epoch == 2
    storm.check(small, endings=("released",))


def progress(search: Search) -> float:
    """How far the test block is, as its worker last told the ledger."""
    block = Block.objects.filter(search=search, stage="prp").first()
    return block.progress if block else 0.0


def stop_all(platform: Platform) -> list[Child]:
    """TERM to everything but the bell, as a deployment does; returns who was told."""
    told = [child for child in platform.children if child.name != "bell"]
    for child in told:
        child.terminate()
    took = platform.wait_until(lambda: not any(c.running for c in told), 30)
    assert took <= LONGEST_STOP, f"{took:.1f} s\n{platform.logs()}"
    return told


#: Seconds of computing that are added to a saved state, to know it again in the result.
MARK = 1_000_000.0


def mark(block: Block) -> float:
    """Make the saved state recognisable; returns how far it had come."""
    saved = Checkpoint.objects.get(block=block)
    fingerprint = checkpoint.fingerprint(saved.task)
    payload = checkpoint.unpack(bytes(saved.data), "prp", fingerprint)
    payload["seconds"] += MARK
    saved.data = checkpoint.pack("prp", fingerprint, payload)
    saved.save()
    program = stages.program("prp")
    return program.step(program.start(saved.task, saved.data), 0.0)


def compiling(platform: Platform, kernels: Path) -> tuple[Child, Block]:
    """A worker in the middle of compiling; it found no kernels on its disk."""
    platform.start_bell()
    platform.start_coordinator()
    platform.start_worker(queues=("sieve", "pm1"))
    order = Order.parse(LARGE, {"n": LARGE_N})
    search = place_order(order, sieve_limit=10_000, pm1=(2, 2)).search
    worker = platform.start_worker(queues=("prp",), NUMBA_CACHE_DIR=str(kernels))
    test = Block.objects.filter(search=search, stage="prp", state="leased")
    platform.wait_until(test.exists, 90)
    return worker, test.get()


@pytest.mark.slow
def test_a_worker_that_compiles_gives_its_block_back_in_time(
    platform: Platform, tmp_path: Path
) -> None:
    worker, block = compiling(platform, tmp_path)
    processes = group_of(worker)
    worker.terminate()
    took = platform.wait_until(lambda: not any(map(alive, processes)), 60)
    assert took <= LONGEST_STOP, f"{took:.1f} s\n{platform.logs()}"
    assert Lease.objects.get(block=block).ending == "released"
    assert not platform.said(worker, "Traceback")
    assert not platform.said(worker, "ERROR")


@pytest.mark.slow
def test_a_worker_that_compiles_drops_a_cancelled_search_in_time(
    platform: Platform, tmp_path: Path
) -> None:
    worker, block = compiling(platform, tmp_path)
    (hand,) = hands_of(worker)
    call_command("search", "cancel", str(block.search_id))
    took = platform.wait_until(lambda: not alive(hand), 60)
    assert took <= LONGEST_CANCEL, f"{took:.1f} s\n{platform.logs()}"
    platform.wait_until(lambda: hands_of(worker), 20)
    assert not platform.said(worker, "ERROR")


@pytest.mark.slow
def test_a_worker_stops_in_time_while_the_bell_is_frozen(platform: Platform) -> None:
    """Celery waits for the bell as long as it likes; the worker does not."""
    platform.start(workers=1)
    (bell,) = (child for child in platform.children if child.name == "bell")
    told = [child for child in platform.children if child is not bell]
    processes = [pid for child in told for pid in group_of(child)]
    with frozen(group_of(bell)):
        for child in told:
            child.terminate()
        took = platform.wait_until(lambda: not any(map(alive, processes)), 60)
    assert took <= LONGEST_STOP, f"{took:.1f} s\n{platform.logs()}"
