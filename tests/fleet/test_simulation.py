"""Simulated hosts on the real statements: the ledger stays whole, a seed tells all."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from fleet import audit
from fleet.models import Lease
from fleet.simulation import ledger
from fleet.simulation.fleet import Simulation
from fleet.simulation.hosts import Mix, Population
from fleet.simulation.report import Report
from fleet.simulation.timeline import Timeline
from searches.models import Block

pytestmark = [pytest.mark.ledger, pytest.mark.django_db(transaction=True)]


def simulated(mix: Mix, blocks: int, hours: float, seed: int = 1) -> Report:
    """Twelve hosts, and blocks of five minutes."""
    report = Report(12, hours, seed, ledger=connection.vendor, blocks=blocks)
    ledger.place_blocks(blocks, 300.0)
    Simulation(Population(12, mix, seed), report, 300.0).run(hours)
    return report


def test_events_happen_in_the_order_of_their_time() -> None:
    timeline, seen = Timeline(), []
    timeline.after(2.0, seen.append, "second")
    timeline.after(1.0, seen.append, "first")
    timeline.after(9.0, seen.append, "too late")
    timeline.run(5.0, lambda: False)
    assert seen == ["first", "second"]


def test_without_failures_every_lease_is_handed_in() -> None:
    report = simulated(Mix(failing=0.0), blocks=60, hours=12)
    assert report.done == report.claims == 60
    assert report.reclaims == report.refused_late == 0
    assert report.finished_after is not None
    assert report.utilisation > 0.97
    assert set(Lease.objects.values_list("ending", flat=True)) == {"submitted"}


def test_failing_hosts_cost_leases_and_no_block() -> None:
    mix = Mix(failing=0.9, crashes=0.4, freezes=0.4, away=300.0)
    report = simulated(mix, blocks=80, hours=48)
    assert report.crashes and report.freezes and report.reclaims
    assert report.done + report.quarantined == 80
    assert Block.objects.filter(state="done").count() == report.done
    assert [*audit.fence(), *audit.one_lease()] == []


def test_hosts_that_wake_up_late_are_refused() -> None:
    mix = Mix(failing=1.0, crashes=0.0, freezes=1.0, frozen=900.0)
    report = simulated(mix, blocks=60, hours=24)
    assert report.refused_late > 0
    submitted = Lease.objects.filter(ending="submitted").count()
    assert submitted == report.done


@pytest.mark.parametrize(
    "wrong", [{"workers": 0}, {"hours": -1.0}, {"failing": 2.0}, {"ledger": "x"}]
)
def test_nonsense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(CommandError, match=next(iter(wrong))):
        call_command("simulate", **wrong)
