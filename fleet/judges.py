"""Coordinators weigh what came in: rung after a submit, and swept by the schedule."""

from __future__ import annotations

from fleet import bell, speeds
from searches.models import Candidate, Search
from verification import judging, rechecks


def ask(search_id: int, tested: bool) -> None:
    """If residues of this search wait to be weighed, ring for a coordinator.

    tested: residues of it came in just now.
    """
    if tested or Candidate.objects.filter(search=search_id, unweighed=True).exists():
        bell.ask_to_weigh(search_id)


def weigh(search_id: int) -> None:
    """Weigh all that came in for a search, and do what follows from it."""
    bell.hear_to_weigh(search_id)
    while judging.weigh_search(search_id):
        pass
    search = Search.objects.get(pk=search_id)
    rechecks.advance(search_id, speeds.of_search(search))
    bell.ring_for(search_id)


def sweep() -> None:
    """Weigh what nobody was rung for."""
    for search_id in judging.searches_to_weigh():
        weigh(search_id)
