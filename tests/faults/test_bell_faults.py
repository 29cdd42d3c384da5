"""F6, F7: the bell forgets everything, dies, comes back, freezes. It only rings."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pytest

from searches.models import Block
from tests.faults import storm
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


FAULTS: list[tuple[Callable[[Platform], None], float]] = [
    (flush, AFTER_FLUSH),
    (kill_and_restart, AFTER_RESTART),
    (freeze, AFTER_RESTART),
]


@pytest.mark.quick_on("postgresql")
def test_work_goes_on_soon_after_the_bell_was_hurt(platform: Platform) -> None:
    """Each fault hits an order at its first block; another is placed right after it."""
    workers = platform.start(workers=2)
    searches = []
    for (fault, limit), before, after in zip(
        FAULTS, (5, 7, 13), (3, 9, 15), strict=True
    ):
        hit = storm.place((before,))
        platform.wait_until(lambda: Block.objects.filter(state="leased").exists(), 30)
        fault(platform)
        new = storm.place((after,), last=1000)
        for search in (hit, new):
            took = platform.wait_until(partial(storm.finished, search), limit)
            assert took <= limit, f"{fault.__name__}: {took:.0f} s\n{platform.logs()}"
            searches.append(search)
    for search in searches:
        storm.check(search, endings=())
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
        FAULTS[turn % 3][0](platform)
        time.sleep(1)
    platform.wait_until(lambda: storm.finished(search), 120)
    storm.check(search, endings=())
