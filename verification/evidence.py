"""What a composite's residues are worth, and what its search asks for.

single: one test by a host that policy trusts. double-checked: an equal residue of the
same type and base from an independent test. proven: a verified test proof and low-order
check. `Candidate.evidence` keeps the level, `Candidate.owed` what is missing.
"""

from __future__ import annotations

from searches.batches import batches
from searches.clock import ledger_now
from searches.models import Candidate, Search
from verification import reliability, residues
from verification.weighing import MOST_TESTS

_HIGHER = ("double-checked", "proven")


def change_level(search: Search, level: str) -> int:
    """From now on its composites need this level; those that are below get further
    tests, in a finished search too. Returns how many are due."""
    Search.objects.filter(pk=search.pk).update(evidence_level=level)
    if level not in _HIGHER:
        return 0
    below = Candidate.objects.filter(search=search, evidence="single")
    return reliability.repeat(below, ledger_now())


def adopt_known(search: Search) -> None:
    """Numbers of a new search that the ledger knew already are weighed for it too."""
    new = Candidate.objects.filter(search=search, evidence="", tester="")
    new.filter(state__in=reliability.WEIGHED).update(unweighed=True)


def doubt(keys: list[str]) -> None:
    """A prover calls these probable primes composite: they are tested to another base,
    and after so many tests that say otherwise a person has to look."""
    for piece in batches(sorted(set(keys))):
        rows = Candidate.objects.filter(key__in=piece, state="probable")
        tests = residues.standing(set(piece))
        often = [key for key, group in tests.items() if len(group) >= MOST_TESTS]
        note = "the prover calls it composite, no test does"
        rows.filter(key__in=often).update(proof_given_up=True, proof_note=note)
        rows.filter(proof_given_up=False).update(owed="retest")
