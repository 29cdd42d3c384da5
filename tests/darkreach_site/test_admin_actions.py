"""What operators do to searches and blocks: conditional, counted, audited."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from searches.models import Block, Search

# Pages read with SQL of their own, on both databases.
pytestmark = pytest.mark.ledger

SEARCHES = "/admin/searches/search/"
BLOCKS = "/admin/searches/block/"
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def act(client: Client, address: str, action: str, *rows: Any) -> str:
    chosen = {"action": action, "_selected_action": [row.pk for row in rows]}
    page = client.post(address, chosen, follow=True)
    assert page.status_code == 200
    return str(page.content.decode())


def priority(client: Client, search: Search, value: int) -> Any:
    return client.post(
        f"{SEARCHES}{search.pk}/change/", {"priority": value}, follow=True
    )


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        ("running", "pause", "paused"),
        ("paused", "resume", "running"),
        ("cancelled", "resume", "running"),
        ("running", "cancel", "cancelled"),
        ("paused", "cancel", "cancelled"),
    ],
)
def test_searches_are_paused_resumed_and_cancelled(
    operator: Client, running: Search, before: str, action: str, after: str
) -> None:
    Search.objects.update(state=before)
    page = act(operator, SEARCHES, action, running)
    assert "1 search " in page
    running.refresh_from_db()
    assert running.state == after
    entry = LogEntry.objects.get()
    assert "by an operator" in entry.get_change_message()


def test_a_search_that_is_not_in_the_right_state_is_named(
    operator: Client, hunted: Search, running: Search
) -> None:
    page = act(operator, SEARCHES, "pause", hunted, running)
    assert "1 search paused." in page
    assert f"1 was not in a state that allows it: {hunted.title} (finished)" in page
    hunted.refresh_from_db()
    assert hunted.state == "finished"
    assert LogEntry.objects.count() == 1


def test_a_new_priority_is_written_and_audited(
    operator: Client, running: Search
) -> None:
    assert priority(operator, running, 9).status_code == 200
    running.refresh_from_db()
    assert running.priority == 9
    assert LogEntry.objects.get().get_change_message() == "priority set to 9"


def test_a_priority_above_nine_is_refused(operator: Client, running: Search) -> None:
    page = priority(operator, running, 10)
    assert "less than or equal to 9" in page.content.decode()
    running.refresh_from_db()
    assert running.priority == 5


def test_priorities_are_edited_in_the_list(operator: Client, running: Search) -> None:
    form = {
        "form-TOTAL_FORMS": 1,
        "form-INITIAL_FORMS": 1,
        "form-0-id": running.pk,
        "form-0-priority": 2,
        "_save": "Save",
    }
    operator.post(SEARCHES, form, follow=True)
    running.refresh_from_db()
    assert running.priority == 2


def test_editing_the_priority_touches_nothing_else(
    operator: Client, running: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the operator's look and the save the pipeline finished the search."""
    from searches import control

    real = control.set_priority

    def late(search_id: int, value: int) -> bool:
        Search.objects.update(state="finished", finished_at=NOW)
        return real(search_id, value)

    monkeypatch.setattr(control, "set_priority", late)
    page = priority(operator, running, 9)
    assert "priority unchanged" in page.content.decode()
    running.refresh_from_db()
    assert (running.state, running.priority) == ("finished", 5)
    assert "unchanged" in LogEntry.objects.get().get_change_message()


def test_a_finished_search_has_no_priority_to_edit(
    operator: Client, hunted: Search
) -> None:
    priority(operator, hunted, 9)
    hunted.refresh_from_db()
    assert hunted.priority == 5


@pytest.mark.parametrize(
    ("action", "after", "reclaims"),
    [("retry", "ready", 0), ("give_up", "cancelled", 3)],
)
def test_a_block_leaves_quarantine(
    operator: Client, running: Search, action: str, after: str, reclaims: int
) -> None:
    Block.objects.update(state="quarantined", reclaims=3)
    block = Block.objects.get()
    assert "1 block " in act(operator, BLOCKS, action, block)
    block.refresh_from_db()
    assert (block.state, block.reclaims) == (after, reclaims)
    assert LogEntry.objects.filter(object_id=str(block.pk)).count() == 1


@pytest.mark.parametrize("action", ["retry", "give_up"])
def test_other_blocks_stay_as_they_are(
    operator: Client, running: Search, action: str
) -> None:
    block = Block.objects.get()
    page = act(operator, BLOCKS, action, block)
    assert "was not in a state that allows it" in page
    block.refresh_from_db()
    assert block.state == "ready"
    assert not LogEntry.objects.exists()


def test_who_may_only_look_cannot_act(
    client: Client, running: Search, django_user_model: Any
) -> None:
    user = django_user_model.objects.create_user("looker", is_staff=True)
    names = ["view_search", "view_block"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    Block.objects.update(state="quarantined")
    act(client, SEARCHES, "cancel", running)
    act(client, BLOCKS, "retry", Block.objects.get())
    running.refresh_from_db()
    assert running.state == "running"
    assert Block.objects.get().state == "quarantined"
