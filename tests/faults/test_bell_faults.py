"""F6, F7, F8: the bell forgets all, dies, freezes, is full, read-only or slow.

It only rings: an order that waits is done soon after the bell is well again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from searches.models import Block
from tests.faults import storm
from tests.faults.outages import in_background
from tests.faults.platform import Platform, frozen, kill_all

#: Seconds until an order that was placed at the moment of the fault is done.
AFTER_FLUSH, AFTER_RESTART = 20.0, 60.0


def flush(platform: Platform) -> None:
    client = platform.bell
    try:
        client.flushall()
    finally:
        client.close()


def kill_and_restart(platform: Platform) -> None:
    """Five short lives, one after the other."""
    for _ in range(5):
        kill_all(next(c for c in platform.children if c.name == "bell" and c.running))
        platform.start_bell()
        time.sleep(0.3)


def freeze(platform: Platform) -> None:
    bell = next(c for c in platform.children if c.name == "bell" and c.running)
    assert bell.process is not None
    with frozen([bell.process.pid]):
        time.sleep(5)


def full(platform: Platform) -> None:
    """Whatever adds anything is refused."""
    client = platform.bell
    try:
        client.config_set("maxmemory", "1")
        time.sleep(ILL)
        client.config_set("maxmemory", "0")
    finally:
        client.close()


def read_only(platform: Platform) -> None:
    """As a replica whose master is gone: it answers, and takes nothing."""
    client = platform.bell
    try:
        client.replicaof("127.0.0.1", "1")
        time.sleep(ILL)
        client.replicaof("NO", "ONE")
    finally:
        client.close()


def slow(platform: Platform) -> None:
    """Every command waits for so long."""
    client = platform.bell
    try:
        client.client_pause(int(1000 * ILL))
    finally:
        client.close()
    time.sleep(ILL)


#: Seconds for which the bell is full, read-only or slow.
ILL = 5.0
FAULTS: list[tuple[Callable[[Platform], None], float]] = [
    (flush, AFTER_FLUSH),
    (kill_and_restart, AFTER_RESTART),
    (freeze, AFTER_RESTART),
    (full, AFTER_RESTART),
    (read_only, AFTER_RESTART),
    (slow, AFTER_RESTART),
]
#: Orders at their first block when the fault comes, and those placed right after it.
BEFORE, AFTER = (5, 7, 13), (3, 9, 15)


def hit(
    platform: Platform, faults: list[tuple[Callable[[Platform], None], float]]
) -> None:
    """Each fault hits an order at its first block; another is placed right after it."""
    searches = []
    for (fault, limit), before, after in zip(faults, BEFORE, AFTER, strict=True):
        struck = storm.place((before,))
        platform.wait_until(lambda: Block.objects.filter(state="leased").exists(), 30)
        fault(platform)
        new = storm.place((after,), last=1000)
        for search in (struck, new):
            took = platform.wait_until(partial(storm.finished, search), limit)
            assert took <= limit, f"{fault.__name__}: {took:.0f} s\n{platform.logs()}"
            searches.append(search)
    for search in searches:
        storm.check(search, endings=())


@pytest.mark.quick_on("postgresql")
def test_work_goes_on_soon_after_the_bell_was_hurt(platform: Platform) -> None:
    workers = platform.start(workers=2)
    hit(platform, FAULTS[:3])
    assert all(worker.running for worker in workers)


@pytest.mark.timeout(900)
@pytest.mark.slow
def test_a_bell_that_takes_nothing_or_is_slow_leaves_the_site_readable(
    platform: Platform,
) -> None:
    workers = platform.start(workers=2)
    site = platform.start_site()
    answers: list[int] = []

    def read() -> None:
        while not done.is_set():
            answers.append(site.get("/"))
            done.wait(0.5)

    done = threading.Event()
    with in_background(read):
        try:
            hit(platform, FAULTS[3:])
        finally:
            done.set()
    assert set(answers) == {200}
    assert all(worker.running for worker in workers)


@pytest.mark.timeout(900)
@pytest.mark.slow
@pytest.mark.parametrize("times", [30])
def test_a_bell_that_is_hurt_every_second_delays_and_loses_nothing(
    platform: Platform, times: int
) -> None:
    platform.start(workers=2)
    search = storm.place()
    for turn in range(times):
        FAULTS[turn % len(FAULTS)][0](platform)
        time.sleep(1)
    platform.wait_until(lambda: storm.finished(search), 120)
    storm.check(search, endings=())
