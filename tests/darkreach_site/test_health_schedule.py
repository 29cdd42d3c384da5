"""/health/schedule: last and next run of each task, and which are late."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from fleet import schedule
from searches.clock import ledger_now

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_schedule_that_never_ran_is_unhealthy_and_says_which_tasks() -> None:
    answer = Client().get("/health/schedule")
    assert answer.status_code == 503
    assert answer.json()["late"] == list(settings.SCHEDULE)


def test_a_schedule_that_ran_is_healthy_and_tells_last_and_next() -> None:
    now = ledger_now()
    for task in settings.SCHEDULE:
        assert schedule.begin(task, now, now)
        schedule.end(task, now, now=now)
    answer = Client().get("/health/schedule")
    assert answer.status_code == 200
    for task in answer.json()["tasks"]:
        assert task["last"] < task["next"]
        assert task["healthy"]


def test_operators_see_how_every_task_stands(admin_client: Client) -> None:
    earlier = ledger_now() - timedelta(hours=1)
    schedule.begin("dispatch", earlier, now=earlier)
    page = admin_client.get("/admin/fleet/tick/").content.decode()
    for task in settings.SCHEDULE:
        assert f"<td>{task}</td>" in page
    assert "unhealthy" in page
