"""What the ledger already knows about a number, by its key.

Evidence tables of `verification` are not imported here: candidates and factors
carry the outcome, and every candidate of a number is settled together.
"""

from __future__ import annotations

from searches.models import Candidate, Factor

# Later entries win where a number has several.
_STATES = ("probable", "factored", "composite", "prime", "disputed")


def known_states(keys: set[str]) -> dict[str, str]:
    """The state that earlier searches reached for these numbers, where any did."""
    known = {
        key: "factored"
        for key in Factor.objects.filter(key__in=keys).values_list("key", flat=True)
    }
    rows = Candidate.objects.filter(key__in=keys, state__in=_STATES)
    for key, state in rows.values_list("key", "state").distinct():
        if _STATES.index(state) >= _STATES.index(known.get(key, "probable")):
            known[key] = state
    return known
