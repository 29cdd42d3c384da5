"""What the evidence levels cost, beside the tests themselves."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Count, F

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
    """How many composites of a search have each level; how many of those that are
    double-checked one host tested twice (`alone`); how many numbers still owe further
    tests (`owing`)."""
    composites = Candidate.objects.filter(search=search, state="composite")
    rows = composites.values_list("evidence").annotate(Count("id")).order_by()
    found = dict(rows)
    double = composites.filter(evidence="double-checked")
    return {
        **{level: found.get(level, 0) for level in states.EVIDENCE_LEVELS},
        "alone": double.filter(checker=F("tester")).count(),
        "owing": Candidate.objects.filter(search=search).exclude(owed="").count(),
    }
