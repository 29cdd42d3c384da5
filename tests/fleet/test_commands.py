"""Commands: queued in the ledger, rung by the bell, taken once, answered, expired."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import redis
from django.core.management import CommandError, call_command

from fleet import bell as bell_door
from fleet import commands
from fleet.models import Command, Worker

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
NAME = "a" * 32


def seconds(count: float) -> datetime:
    return NOON + timedelta(seconds=count)


@pytest.fixture
def worker() -> str:
    Worker.objects.create(
        id=NAME, hostname="host", pid=1, started_at=NOON, seen_at=NOON
    )
    return NAME


def test_commands_are_taken_in_order_each_once(worker: str, bell: redis.Redis) -> None:
    for kind in ("pause", "resume"):
        commands.give(worker, kind, now=NOON)
    first, second = (commands.take(worker, seconds(1)) for _ in range(2))
    assert first and second
    assert (first.kind, second.kind) == ("pause", "resume")
    assert commands.take(worker, seconds(1)) is None
    assert commands.answer(first.pk, True, "well", seconds(2))
    assert not commands.answer(first.pk, False, "again", seconds(3))
    row = Command.objects.get(pk=first.pk)
    assert (row.state, row.answer, row.taken_at) == ("done", "well", seconds(1))


def test_a_command_rings_its_worker_and_no_other(
    worker: str, bell: redis.Redis
) -> None:
    commands.give(worker, "pause")
    assert not bell_door.await_look("b" * 32, 1)
    assert bell_door.await_look(worker, 1)


def test_a_command_is_kept_while_the_bell_is_away(worker: str, settings: Any) -> None:
    bell_door.client.cache_clear()
    settings.BELL_URL = "redis://127.0.0.1:1/0"
    try:
        commands.give(worker, "pause")
    finally:
        bell_door.client.cache_clear()
    assert commands.take(worker) is not None


def test_a_command_that_is_not_taken_is_rung_again_after_thirty_seconds(
    worker: str, bell: redis.Redis
) -> None:
    commands.give(worker, "pause", now=NOON)
    bell.flushall()
    assert commands.ring_again(seconds(29)) == 0
    assert commands.ring_again(seconds(30)) == 1
    assert bell_door.await_look(worker, 1)
    assert commands.ring_again(seconds(59)) == 0
    commands.take(worker, seconds(59))
    assert commands.ring_again(seconds(90)) == 0
    assert Command.objects.get().rings == 2


def test_commands_expire_and_are_forgotten_in_the_end(
    worker: str, bell: redis.Redis
) -> None:
    for kind in ("pause", "resume"):
        commands.give(worker, kind, now=NOON)
    taken = commands.take(worker, seconds(1))
    late = NOON + commands.LIFE
    assert commands.take(worker, late) is None
    assert commands.expire(late) == 2
    states = dict(Command.objects.values_list("kind", "state"))
    assert states == {"pause": "failed", "resume": "expired"}
    assert taken and not commands.answer(taken.pk, True)
    assert commands.forget_old(late + commands.KEPT) == 0
    assert commands.forget_old(late + commands.KEPT + timedelta(seconds=1)) == 2


@pytest.mark.parametrize(
    ("kind", "argument"),
    [
        ("dance", {}),
        ("stop", {"block": 1}),
        ("reassign", {}),
        ("reassign", {"block": "1"}),
        ("reassign", {"block": True}),
        ("settings", {"slots": 0}),
        ("settings", {"nice": 20}),
        ("settings", {"log_level": "LOUD"}),
        ("settings", {"colour": 1}),
    ],
)
def test_commands_that_make_no_sense_are_refused(
    worker: str, kind: str, argument: dict[str, Any]
) -> None:
    with pytest.raises(commands.BadCommand):
        commands.give(worker, kind, argument)
    assert not Command.objects.exists()


def told(*words: str) -> str:
    out = StringIO()
    call_command("fleet", *words, stdout=out)
    return out.getvalue()


def test_operators_list_workers_and_give_commands_from_a_shell(
    worker: str, bell: redis.Redis
) -> None:
    described = {"worker": NAME, "hostname": "host", "queues": ["prp"], "slots": 2}
    bell_door.heartbeat(described)
    housekeeper = {**described, "worker": "c" * 32, "queues": ["coordinator"]}
    bell_door.heartbeat(housekeeper)
    assert told("list").count("host") == 2
    bell_door.farewell("c" * 32)
    assert told("list") == f"{NAME} host 2 slots, prp\n"
    told("pause", "host")
    told("settings", "aaaa", "--slots", "3")
    bell_door.heartbeat(housekeeper)
    told("reassign", "all", "--block", "7")
    rows = json.loads(told("commands", "--json"))
    assert [(row["kind"], row["argument"]) for row in rows] == [
        ("reassign", {"block": 7}),
        ("settings", {"slots": 3}),
        ("pause", {}),
    ]
    assert "pause: waiting" in told("commands", "--worker", "aaaa")
    with pytest.raises(CommandError, match="no live worker"):
        told("stop", "elsewhere")


def test_operators_give_commands_in_the_admin_and_see_the_answers(
    worker: str, bell: redis.Redis, admin_client: Any
) -> None:
    answer = admin_client.post(
        "/admin/fleet/worker/", {"action": "drain", "_selected_action": [NAME]}
    )
    assert answer.status_code == 302
    form = {"worker": NAME, "kind": "reassign", "argument": '{"block": 5}'}
    assert admin_client.post("/admin/fleet/command/add/", form).status_code == 302
    wrong = {**form, "argument": "{}"}
    page = admin_client.post("/admin/fleet/command/add/", wrong).content.decode()
    assert "reassign needs block" in page
    kinds = list(Command.objects.order_by("id").values_list("kind", "given_by"))
    assert kinds == [("drain", "admin"), ("reassign", "admin")]
    assert "drain" in admin_client.get("/admin/fleet/command/").content.decode()
