"""What the ledger already knows about numbers, by their keys."""

from __future__ import annotations

from searches.batches import batches
from searches.models import Candidate, Factor
from verification.models import Prime, Residue


def known_states(keys: set[str]) -> dict[str, str]:
    """The state that earlier evidence gives these numbers, where there is any.

    A later source wins: a dispute over a certificate, that over a residue or factor.
    """
    known: dict[str, str] = {}
    for piece in batches(sorted(keys)):
        waiting = Candidate.objects.filter(state="probable", key__in=piece)
        factored = Factor.objects.filter(key__in=piece)
        composite = Residue.objects.filter(
            key__in=piece, verdict="composite", refutation=None
        ).exclude(role="late")
        disputed = Candidate.objects.filter(state="disputed", key__in=piece)
        for state, rows in (
            ("probable", waiting),
            ("factored", factored),
            ("composite", composite),
            ("prime", Prime.objects.filter(key__in=piece)),
            ("disputed", disputed),
        ):
            known.update(dict.fromkeys(rows.values_list("key", flat=True), state))
    return known
