"""What the evidence levels cost, beside the tests themselves."""

from __future__ import annotations

from django.conf import settings

from searches import estimates, states
from searches.models import Candidate, Search


def share(level: str) -> float:
    """What a level adds to the time of the tests, as a share of it."""
    repeated = settings.RECHECK_SHARE + settings.CANARY_SHARE
    return repeated if level == "single" else estimates.REPEATS[level] + repeated


def price(level: str) -> str:
    """The same in words."""
    return f"{level}: about {100 * share(level):.0f} % beside the tests"


#: For those who choose.
PRICES = {level: price(level) for level in states.EVIDENCE_LEVELS}


def standing(search: Search) -> dict[str, int]:
    """How many composites of a search have each level, and how many numbers still owe
    further tests (`owing`)."""
    composites = Candidate.objects.filter(search=search, state="composite")
    counts = {
        level: composites.filter(evidence=level).count()
        for level in states.EVIDENCE_LEVELS
    }
    owing = Candidate.objects.filter(search=search).exclude(owed="").count()
    return {**counts, "owing": owing}
