"""What a search found, for people and programs."""

from __future__ import annotations

from typing import Any

from searches.models import Candidate, Search
from searches.work import order_of
from verification.models import Prime


def primes(search: Search) -> list[dict[str, Any]]:
    """The primes of a search, smallest number first, one entry per candidate.

    For candidates of several members (twins) the entry joins the members'
    expressions by commas, and gives the digits of the largest.
    """
    order = order_of(search)
    found = []
    rows = Candidate.objects.filter(search=search, state="prime").order_by("bits", "id")
    for candidate in rows:
        numbers = order.members(candidate.index)
        proven = {
            prime.key: prime
            for prime in Prime.objects.filter(
                key__in=[n.key for n in numbers]
            ).select_related("certificate")
        }
        members = [proven[number.key] for number in numbers]
        found.append(
            {
                "expression": ",".join(prime.expression for prime in members),
                "variables": order.assignment(candidate.index),
                "digits": max(prime.digits for prime in members),
                "kind": ",".join(dict.fromkeys(p.certificate.kind for p in members)),
                "verified_by": sorted({n for p in members for n in p.verified_by}),
                "seconds": sum(p.certificate.seconds for p in members),
            }
        )
    return found
