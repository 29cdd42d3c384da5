"""`manage.py search`: orders as they stand, and what an operator may do to them."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from fleet import bell, leases, limits
from fleet.models import Lease, Limit
from searches import control, levels, quarantine, states
from searches.clock import ledger_now
from searches.funnel import funnel
from searches.models import Block, Search
from verification import evidence

_SHOWN = 100
_NONE = "none"


class Command(BaseCommand):
    help = "List and show searches; pause, resume, cancel them; change their limits."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("list", help="the newest searches")
        listing.add_argument("--state", choices=list(states.SEARCH))
        listing.add_argument("--json", action="store_true", help="one JSON list")
        for name, meaning in _MEANING.items():
            action = actions.add_parser(name, help=meaning)
            action.add_argument("search", type=int, help="number of a search")
            if name == "show":
                action.add_argument("--json", action="store_true", help="one object")
            if name in _VALUE:
                action.add_argument("value", metavar=_VALUE[name].upper())
            if name in _BLOCKS:
                action.add_argument("--block", type=int, help="only this one")

    def handle(self, *_: Any, **options: Any) -> None:
        action = options["action"]
        if action == "list":
            rows = [_row(search) for search in _newest(options["state"])]
            self._print(rows, options["json"])
            return
        search = Search.objects.filter(pk=options["search"]).first()
        if search is None:
            raise CommandError(
                f"there is no search {options['search']}; see manage.py search list"
            )
        if action == "show":
            self._show(search, options["json"])
        elif action in _STEPS:
            self._step(search, action)
        elif action in _BLOCKS:
            self._blocks(search, action, options["block"])
        else:
            self.stdout.write(_SETTERS[action](search, options["value"]))

    def _print(self, rows: list[dict[str, Any]], as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(rows))
            return
        for row in rows:
            line = "{search:>6} {state:<9} {priority} {title}".format(**row)
            self.stdout.write(line[:120])

    def _show(self, search: Search, as_json: bool) -> None:
        answer = {**_row(search), **_details(search)}
        if as_json:
            self.stdout.write(json.dumps(answer))
            return
        for name, value in answer.items():
            if name != "dead_blocks":
                self.stdout.write(f"{name}: {value}")
        for block in answer["dead_blocks"]:
            self.stdout.write(f"dead block {block['block']}: {block['stage']}")

    def _step(self, search: Search, action: str) -> None:
        if not _STEPS[action](search.pk):
            search.refresh_from_db()
            raise CommandError(_no_step(search, action))
        # Workers of a cancelled search hear of it now, not at their next renewal.
        leases.end_lost()
        search.refresh_from_db()
        self.stdout.write(f"search {search.pk} is {search.state}")

    def _blocks(self, search: Search, action: str, only: int | None) -> None:
        dead = list(_dead(search).values_list("pk", flat=True))
        if not dead:
            raise CommandError(f"search {search.pk} has no dead blocks")
        if only is not None and only not in dead:
            listed = ", ".join(map(str, dead[:_SHOWN]))
            raise CommandError(
                f"block {only} of search {search.pk} is not dead; these are: {listed}"
            )
        chosen = dead if only is None else [only]
        done = sum(_BLOCKS[action](block) for block in chosen)
        bell.ring_for(search.pk)
        self.stdout.write(f"{done} blocks: {action}")


_MEANING = {
    "show": "numbers by outcome, limits, dead blocks",
    "pause": "no new blocks; running ones finish",
    "resume": "go on with a paused or cancelled search",
    "cancel": "running blocks stop within seconds",
    "priority": "0 to 9, takes effect at the next claim",
    "deadline": "pause at this time (2026-12-31T12:00, UTC), or `none`",
    "budget": "pause after so many hours of one core, or `none`",
    "evidence": "what its composites rest on: single, double-checked or proven",
    "retry": "offer the dead blocks again",
    "give-up": "leave the dead blocks undone",
}
_VALUE = {
    "priority": "priority",
    "deadline": "time",
    "budget": "hours",
    "evidence": "level",
}
_STEPS: dict[str, Callable[[int], bool]] = {
    "pause": control.pause,
    "resume": control.resume,
    "cancel": control.cancel,
}
_BLOCKS: dict[str, Callable[[int], bool]] = {
    "retry": quarantine.retry,
    "give-up": quarantine.give_up,
}


def _no_step(search: Search, action: str) -> str:
    """Why not, and what can be done with it instead."""
    named = f"search {search.pk} is {search.state}"
    possible = sorted(set(states.SEARCH[search.state]) & set(_STEPS))
    if not possible:
        return f"{named}: it cannot be changed any more"
    return f"{named}: no {action}; possible: {', '.join(possible)}"


def _want_unfinished(search: Search, action: str) -> None:
    if search.state == "finished":
        raise CommandError(_no_step(search, action))


def _newest(state: str | None) -> Iterable[Search]:
    rows = Search.objects.order_by("-id")
    return (rows.filter(state=state) if state else rows)[:_SHOWN]


def _row(search: Search) -> dict[str, Any]:
    return {
        "search": search.pk,
        "title": search.title,
        "state": search.state,
        "priority": search.priority,
        "evidence": search.evidence_level,
    }


def _details(search: Search) -> dict[str, Any]:
    limit = Limit.objects.filter(pk=search.pk).first() or Limit()
    return {
        **funnel(search),
        "deadline": limit.deadline and limit.deadline.isoformat(),
        "budget": limit.core_hours,
        "spent": round(limits.spent(search.pk), 4),
        "reached": limit.reached,
        "composites": levels.standing(search),
        "dead_blocks": [
            {
                "block": block.pk,
                "stage": block.stage,
                "reclaims": block.reclaims,
                "leases": list(
                    Lease.objects.filter(block=block)
                    .order_by("epoch")
                    .values("id", "worker", "ending")
                ),
            }
            for block in _dead(search)
        ],
    }


def _dead(search: Search) -> QuerySet[Block]:
    return Block.objects.filter(search=search, state="quarantined").order_by("id")


def _priority(search: Search, value: str) -> str:
    if value not in list("0123456789"):
        raise CommandError("a priority is a number from 0 to 9")
    _want_unfinished(search, "priority")
    control.set_priority(search.pk, int(value))
    return f"priority {value} from the next claim on"


def _deadline(search: Search, value: str) -> str:
    _want_unfinished(search, "deadline")
    deadline = None
    if value != _NONE:
        try:
            deadline = datetime.fromisoformat(value)
        except ValueError as error:
            raise CommandError(
                f"a time looks like 2026-12-31T12:00 (UTC), not {value!r}: {error}"
            ) from None
        if deadline.tzinfo is None:
            deadline = deadline.replace(tzinfo=UTC)
        if deadline <= (now := ledger_now()):
            raise CommandError(
                f"{value} is over: it is {now:%Y-%m-%dT%H:%M} (UTC); now is done by "
                f"manage.py search pause {search.pk}"
            )
    limits.set_deadline(search.pk, deadline)
    return f"deadline {value}"


def _budget(search: Search, value: str) -> str:
    _want_unfinished(search, "budget")
    hours = None
    if value != _NONE:
        try:
            hours = float(value)
        except ValueError:
            hours = -1.0
        if not 0 < hours < float("inf"):
            raise CommandError("a budget is a positive number of core-hours")
    limits.set_budget(search.pk, hours)
    return f"budget {value}"


def _evidence(search: Search, value: str) -> str:
    if value not in states.EVIDENCE_LEVELS:
        raise CommandError(f"a level is one of {', '.join(states.EVIDENCE_LEVELS)}")
    due = evidence.change_level(search, value)
    return f"{levels.price(value)}; {due} further tests are due"


_SETTERS: dict[str, Callable[[Search, str], str]] = {
    "priority": _priority,
    "deadline": _deadline,
    "budget": _budget,
    "evidence": _evidence,
}
