"""`manage.py fleet`: who works, and what they are told."""

from __future__ import annotations

import json
import socket
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

import redis
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from fleet import bell, commands
from fleet.models import COMMANDS
from fleet.models import Command as Given

_SHOWN = 50


class Command(BaseCommand):
    help = "List the live workers, give them commands, list what became of those."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        workers = actions.add_parser("list", help="the live workers")
        history = actions.add_parser("commands", help="the newest commands")
        history.add_argument("--worker", help="id of a worker, or how it begins")
        for kind in COMMANDS:
            tell = actions.add_parser(kind, help=_MEANING[kind])
            tell.add_argument(
                "workers",
                nargs="+",
                metavar="WORKER",
                help="id, how an id begins, name of a host, or `all`",
            )
            if kind == "reassign":
                tell.add_argument("--block", type=int, required=True)
            if kind == "settings":
                tell.add_argument("--slots", type=int, help="blocks at a time")
                tell.add_argument("--nice", type=int, help="0 to 19")
                tell.add_argument("--log-level", choices=commands.LOG_LEVELS)
        for listing in (workers, history):
            listing.add_argument("--json", action="store_true", help="one JSON list")

    def handle(self, *_: Any, **options: Any) -> None:
        action = options["action"]
        if action == "list":
            self._print(_live(), options["json"], _worker_line)
        elif action == "commands":
            self._print(_history(options["worker"]), options["json"], _command_line)
        else:
            self._tell(action, options)

    def _tell(self, kind: str, options: dict[str, Any]) -> None:
        names = ("block", "slots", "nice", "log_level")
        argument = {
            name: options[name] for name in names if options.get(name) is not None
        }
        by = f"manage.py on {socket.gethostname()}"
        for worker in _chosen(options["workers"]):
            try:
                given = commands.give(worker, kind, argument, by)
            except commands.BadCommand as error:
                raise CommandError(str(error)) from error
            self.stdout.write(f"{given.pk} {worker} {kind}")

    def _print(self, rows: list[dict[str, Any]], as_json: bool, line: Any) -> None:
        if as_json:
            self.stdout.write(json.dumps(rows))
            return
        for row in rows:
            self.stdout.write(line(row))


_MEANING = {
    "stop": "give the blocks back and end",
    "restart": "give the blocks back, end, start again",
    "drain": "finish the blocks, then end",
    "pause": "give the blocks back and take no others",
    "resume": "take blocks again",
    "settings": "change slots, nice value, log level",
    "self-test": "compute known answers; a worker that fails pauses",
    "reassign": "give one block back and do not take it again",
}


def _live() -> list[dict[str, Any]]:
    try:
        return bell.live_workers()
    except redis.RedisError as error:
        raise CommandError(f"the bell does not answer: {error}") from error


def _chosen(names: Iterable[str]) -> list[str]:
    """Ids of live workers by these names; CommandError for a name that is nobody's."""
    live = _live()
    chosen: dict[str, None] = {}
    for name in names:
        found = [worker["worker"] for worker in live if _is_called(worker, name)]
        if not found:
            raise CommandError(f"no live worker is {name!r}; see manage.py fleet list")
        chosen.update(dict.fromkeys(found))
    return list(chosen)


def _is_called(worker: dict[str, Any], name: str) -> bool:
    """`all` and the name of a host mean those who compute, not coordinators."""
    if name in ("all", worker["hostname"]):
        return bool(set(worker["queues"]) - {settings.COORDINATOR_QUEUE})
    return bool(worker["worker"].startswith(name))


def _history(worker: str | None) -> list[dict[str, Any]]:
    rows = Given.objects.order_by("-id")
    if worker:
        rows = rows.filter(worker__id__startswith=worker)
    return [
        {
            "id": row.pk,
            "worker": row.worker_id,
            "kind": row.kind,
            "argument": row.argument,
            "state": row.state,
            "given_at": row.given_at.isoformat(),
            "by": row.given_by,
            "answer": row.answer,
        }
        for row in rows[:_SHOWN]
    ]


def _worker_line(worker: dict[str, Any]) -> str:
    queues = ",".join(worker["queues"])
    return f"{worker['worker']} {worker['hostname']} {worker['slots']} slots, {queues}"


def _command_line(row: dict[str, Any]) -> str:
    told = f"{row['kind']} {json.dumps(row['argument']) if row['argument'] else ''}"
    return (
        f"{row['id']} {row['given_at'][:19]}Z {row['worker'][:8]} {told.strip()}: "
        f"{row['state']} {row['answer']}".rstrip()
    )
