"""A hunt: orders placed, watched until every candidate is settled, and answered."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, connections

from darkreach.order import Order
from darkreach_site import patience
from darkreach_site.answers import answer, shortcomings
from darkreach_site.bells import ensure_bell
from darkreach_site.crew import Crew
from darkreach_site.ledger import ensure_migrated
from darkreach_site.progress import Display, Funnel, Stages, display
from darkreach_site.supervisor import TICK, Supervisor
from fleet import presence, speeds
from searches import kinds
from searches.clock import ledger_now
from searches.funnel import funnel, stages
from searches.models import Block, Search
from searches.planning import place_order

#: Seconds between two looks at the ledger, or longer where a look is expensive.
LOOK_EVERY = 0.5
#: Seconds without a block that can run after which quarantined blocks end the hunt.
GIVE_UP_AFTER = 30.0


class Failed(Exception):
    """The hunt ended without a complete answer; the message says what is missing."""


@dataclass(frozen=True)
class Wish:
    """An order with the words in which it was given."""

    order: Order
    expression: str
    ranges: dict[str, str]
    #: Sieve by the primes up to here; None: as long as it pays.
    depth: int | None = None
    #: What composites rest on; None: the default.
    evidence: str | None = None


def wish(
    expression: str,
    ranges: dict[str, str],
    depth: int | None = None,
    evidence: str | None = None,
) -> Wish:
    """Read an order; OrderError when it is a bad one. Touches nothing."""
    return Wish(Order.parse(expression, ranges), expression, ranges, depth, evidence)


def hunt(wishes: list[Wish], slots: int, resume: bool) -> list[dict[str, Any]]:
    """Hunt all wishes to completion and answer them in their order.

    Starts the bell and workers if there are none, and stops what it started.
    Raises CannotStart, Failed, OrderError (a stored search that is paused) or
    KeyboardInterrupt.
    """
    with display() as screen:
        supervisor = Supervisor(settings.HOME / "logs", ensure_bell(), screen.tell)
        idle = False
        try:
            ensure_migrated()
            crew = Crew(supervisor, slots)
            if not all_known(wishes):
                crew.tick()  # workers take seconds to start: plan meanwhile
            searches = place(wishes, resume, screen)
            if any(search.state != "finished" for search in searches):
                Watch(searches, crew, screen).run()
            answers = read(wishes, searches)
            # Celery takes seconds to end, and nobody is at work any more.
            idle = not Block.objects.filter(state="leased").exists()
            return answers
        finally:
            connections.close_all()
            supervisor.stop(idle=idle)


def all_known(wishes: list[Wish]) -> bool:
    """True when every order is a search of the ledger already."""
    keys = {item.order.key for item in wishes}
    return Search.objects.filter(key__in=keys).count() == len(keys)


def place(wishes: list[Wish], resume: bool, screen: Display) -> list[Search]:
    """Write the orders into the ledger, or join the searches that are there already."""
    searches = []
    for item in wishes:
        for note in item.order.notes:
            screen.tell(f"note: {note}")
        placed = place_order(
            item.order,
            sieve_limit=item.depth,
            evidence=item.evidence,
            speeds=speeds.known(form=kinds.form_of(item.order)),
            resume=resume,
        )
        if not placed.created:
            screen.tell(f"known: {placed.search.title} is {placed.search.state}")
        searches.append(placed.search)
    return searches


def read(wishes: list[Wish], searches: list[Search]) -> list[dict[str, Any]]:
    """The answers, or Failed when one of them is not complete."""
    reasons = [
        f"{search.title}: {reason}"
        for search in searches
        for reason in shortcomings(search)
    ]
    if reasons:
        raise Failed("; ".join(reasons))
    return [
        answer(search, item.expression, item.ranges)
        for item, search in zip(wishes, searches, strict=True)
    ]


class Watch:
    """Watches searches in the ledger while the crew works on them."""

    def __init__(self, searches: list[Search], crew: Crew, screen: Display) -> None:
        self.searches = searches
        self.crew = crew
        self.screen = screen
        self._ledger_away = False
        self._stuck_since: float | None = None

    def run(self) -> None:
        """Return when all searches are finished; Failed when one cannot be."""
        if settings.LEDGER_IS_SQLITE:
            return self._run()
        # A frozen server must not keep us from looking after the workers.
        patience.limit_waits(5.0)
        try:
            self._run()
        finally:
            patience.wait_for_ever()

    def _run(self) -> None:
        look_at = 0.0
        while True:
            self.crew.tick()
            if time.monotonic() >= look_at:
                began = time.monotonic()
                if self._look():
                    return
                look_at = began + max(LOOK_EVERY, 20 * (time.monotonic() - began))
            time.sleep(TICK)

    def _look(self) -> bool:
        """Read the ledger once; True when everything is finished."""
        try:
            finished = self._read_ledger()
        except DatabaseError as error:
            connection.close()
            if not self._ledger_away:
                reason = str(error).strip().splitlines() or [type(error).__name__]
                self.screen.tell(f"the ledger does not answer, waiting: {reason[0]}")
            self._ledger_away = True
            return False
        if self._ledger_away:
            self.screen.tell("the ledger answers again")
            self._ledger_away = False
        return finished

    def _read_ledger(self) -> bool:
        for search in self.searches:
            search.refresh_from_db(fields=["state"])
            if search.state in ("paused", "cancelled"):
                raise Failed(f"{search.title}: somebody has {search.state} it")
        self.screen.show(
            _total_stages([stages(search) for search in self.searches]),
            _total([funnel(search) for search in self.searches]),
        )
        self._expect_trust()
        self._expect_movement()
        return all(search.state == "finished" for search in self.searches)

    def _expect_trust(self) -> None:
        """Failed when every host that could work is in quarantine."""
        refused = presence.all_refused(ledger_now())
        if refused:
            raise Failed(
                "; ".join(
                    f"{row.host} is in quarantine: {row.reason}" for row in refused
                )
                + "; `manage.py reliability --pardon HOST` lifts it"
            )

    def _expect_movement(self) -> None:
        """Failed when nothing can move any more: blocks that failed three times wait
        for a person, or somebody gave them up."""
        ids = [search.pk for search in self.searches if search.state == "running"]
        # Blocks of any search: ours may wait for the outcome of a shared number.
        active = Block.objects.filter(
            search__state="running", state__in=("ready", "leased")
        )
        if not ids or active.exists():
            self._stuck_since = None
            return
        now = time.monotonic()
        self._stuck_since = self._stuck_since or now
        if now - self._stuck_since > GIVE_UP_AFTER:
            quarantined = Block.objects.filter(
                search__in=ids, state="quarantined"
            ).count()
            raise Failed(
                "candidates are open and no block of theirs can run: "
                f"{quarantined} blocks are quarantined, the others were given up; "
                "see the blocks of this search in the admin"
            )


def _total(counts: list[Funnel]) -> Funnel:
    return {name: sum(count[name] for count in counts) for name in counts[0]}


def _total_stages(tables: list[Stages]) -> Stages:
    return {
        name: {
            part: sum(table[name][part] for table in tables) for part in tables[0][name]
        }
        for name in tables[0]
    }
