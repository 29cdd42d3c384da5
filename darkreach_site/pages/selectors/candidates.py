"""Everything known about one number, whichever search asked for it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.http import Http404

from darkreach_site.pages.selectors import timeline
from darkreach_site.pages.selectors.primes import key_of
from searches.models import Candidate, Factor
from verification import embargo
from verification.models import Certificate, Prime, Residue

#: Members of a candidate, and rows of each kind that a page shows.
_MEMBERS = 16
_ROWS = 50


@dataclass(frozen=True)
class Known:
    """What the ledger says about a number. secret: it may be a prime that is not
    announced yet, so nothing but its searches is said."""

    expression: str
    candidates: list[Candidate]
    secret: bool
    primes: list[Prime]
    factors: list[Factor]
    events: list[timeline.Event]

    @property
    def state(self) -> str:
        """Of the number: what its searches say, or its evidence."""
        if self.secret:
            return "open"
        if self.primes:
            return "prime"
        if self.factors:
            return "factored"
        states = {each.state for each in self.candidates} - {"elsewhere"}
        return min(states, default="known")


def known(expression: str) -> Known:
    """404 for a number of which the ledger has nothing."""
    members = expression.split(",")
    if len(members) > _MEMBERS:
        raise Http404("too many numbers")
    keys = [key_of(member) for member in members]
    candidates = list(
        Candidate.objects.filter(key=_joined(keys))
        .select_related("search", "block")
        .order_by("id")[:_ROWS]
    )
    secret = _secret(candidates, keys)
    factors = list(Factor.objects.filter(key__in=keys).order_by("id")[:_ROWS])
    residues = Residue.objects.filter(key__in=keys).defer("res2048").order_by("id")
    certificates = Certificate.objects.filter(key__in=keys).defer("data")
    events = timeline.evidence(
        list(residues[:_ROWS]), list(certificates.order_by("id")[:_ROWS])
    )
    if not (candidates or factors or events):
        raise Http404("nothing is known about this number")
    if secret:
        return Known(expression, candidates, True, [], [], [])
    primes = list(embargo.public().filter(key__in=keys).defer("certificate__data"))
    return Known(expression, candidates, False, primes, factors, events)


def _joined(keys: list[str]) -> str:
    """The key of a candidate of these numbers (`Order.candidate_key`)."""
    if len(keys) == 1:
        return keys[0]
    return hashlib.sha256(",".join(sorted(keys)).encode()).hexdigest()[:32]


def _secret(candidates: list[Candidate], keys: list[str]) -> bool:
    """Probable primes wait for their proof, primes for the end of their embargo."""
    waiting = any(
        each.state == "probable" and not each.proof_given_up for each in candidates
    )
    return waiting or bool(embargo.hidden_keys(keys))
