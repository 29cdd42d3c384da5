"""Searches for tests: placed with the real planning, worked by the real runner."""

from __future__ import annotations

from darkreach.order import Order
from fleet import figures, identity, judges, leases, runner, speeds
from searches import figures as search_figures
from searches.clock import ledger_now
from searches.models import Search
from searches.planning import place_order
from verification import rechecks

QUEUES = ("coordinator", "prove", "prp", "pm1", "sieve")


def placed(expression: str, **ranges: str) -> Search:
    """A search of that order, with sieve blocks waiting."""
    return place_order(Order.parse(expression, ranges)).search


def work_once(*queues: str) -> bool:
    """Do one ready block of these queues (or any) in this process, as workers do."""
    worker = identity.register()
    for queue in queues or QUEUES:
        for grant in leases.claim(worker, queue):
            runner.run_block(grant)
            advance_all()
            return True
    return False


def work_off() -> int:
    """Do all ready blocks, as workers do between two rounds of the coordinator."""
    worker, done = identity.register(), 0
    while grants := [g for queue in QUEUES for g in leases.claim(worker, queue)]:
        for grant in grants:
            runner.run_block(grant)
        done += len(grants)
    return done


def advance_all() -> None:
    """What the coordinator does every few seconds."""
    judges.sweep()
    for search in Search.objects.filter(state="running").order_by("id"):
        while rechecks.advance(search.pk, speeds.of_search(search)):
            pass


def drain() -> int:
    """Work until nothing is left; returns the number of blocks done."""
    done = 0
    advance_all()
    while worked := work_off():
        done += worked
        advance_all()
    return done


def counted() -> None:
    """What the schedule counts for the pages; evidence is counted a round later."""
    for search in Search.objects.all():
        search_figures.refresh(search, ledger_now())
    figures.refresh()
    figures.refresh()
