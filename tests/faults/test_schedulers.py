"""F21: three schedulers; the leader is killed, the next one freezes; ticks go on."""

from __future__ import annotations

import time
from datetime import datetime
from itertools import pairwise

import pytest
from django.db.models import Count

from darkreach_site.children import Child
from fleet.models import Tick
from tests.faults.platform import LONGEST_START, Platform, frozen, group_of, kill_all

#: Seconds from the loss of the leader to the next slot, with LEADER_TTL at 3 s.
LONGEST_GAP = 30.0
LEADS, STANDS_DOWN = "leads the schedule", "no longer leads"


def leader_of(platform: Platform, schedulers: list[Child]) -> Child | None:
    """The one that says so in its log, if just one does."""
    leading = []
    for child in schedulers:
        text = child.log.path.read_text(errors="replace")
        if child.running and text.rfind(LEADS) > text.rfind(STANDS_DOWN):
            leading.append(child)
    return leading[0] if len(leading) == 1 else None


def newest() -> datetime:
    return Tick.objects.filter(task="dispatch").latest("slot").slot


def assert_ticks_go_on(platform: Platform) -> None:
    before = newest()
    took = platform.wait_until(lambda: newest() > before, LONGEST_GAP)
    assert took <= LONGEST_GAP


@pytest.mark.timeout(300)
def test_the_schedule_survives_its_leaders(platform: Platform) -> None:
    platform.start_bell()
    platform.start_housekeeper()
    three = [platform.start_scheduler() for _ in range(3)]
    platform.wait_until(lambda: leader_of(platform, three), LONGEST_START)
    platform.wait_until(Tick.objects.filter(task="dispatch").exists, LONGEST_START)

    first = leader_of(platform, three)
    assert first is not None
    kill_all(first)
    rest = [child for child in three if child is not first]
    platform.wait_until(lambda: leader_of(platform, rest), LONGEST_GAP)
    assert_ticks_go_on(platform)

    second = leader_of(platform, rest)
    assert second is not None
    (third,) = [child for child in rest if child is not second]
    with frozen(group_of(second)):
        platform.wait_until(lambda: platform.said(third, LEADS), LONGEST_GAP)
        assert_ticks_go_on(platform)
    platform.wait_until(lambda: leader_of(platform, rest) is third, LONGEST_GAP)
    time.sleep(4)  # the one that woke up has looked around by now
    assert_ticks_go_on(platform)

    again = Tick.objects.values("task", "slot").annotate(n=Count("id")).filter(n__gt=1)
    assert not again.exists()
    starts = list(Tick.objects.filter(task="dispatch").order_by("slot"))
    for earlier, later in pairwise(starts):
        assert earlier.started_at < later.slot
