"""What a search found, for people and programs."""

from __future__ import annotations

from typing import Any

from searches.batches import batches
from searches.models import Candidate, Search
from searches.work import order_of
from verification.models import Prime, Residue


def primes(search: Search) -> list[dict[str, Any]]:
    """The primes of a search, smallest number first, one entry per candidate.

    Each has the expression that this order gives it, whatever it was called when it
    was found first. For candidates of several members (twins) that joins the members'
    expressions by commas, and the digits are those of the largest.
    """
    order = order_of(search)
    rows = Candidate.objects.filter(search=search, state="prime").order_by("bits", "id")
    found = []
    for piece in batches(rows):
        numbers = {row.index: order.members(row.index) for row in piece}
        proven = _proven({each.key for members in numbers.values() for each in members})
        for row in piece:
            members = [proven[each.key] for each in numbers[row.index]]
            found.append(
                {"expression": row.expression, "variables": order.assignment(row.index)}
                | _entry(members)
            )
    return found


def _proven(keys: set[str]) -> dict[str, Prime]:
    """Without the certificates themselves, which may be long."""
    rows = Prime.objects.filter(key__in=keys).select_related("certificate")
    rows = rows.defer("certificate__data").prefetch_related("tags")
    return {prime.key: prime for prime in rows}


def _entry(members: list[Prime]) -> dict[str, Any]:
    return {
        "digits": max(prime.digits for prime in members),
        "kind": ",".join(dict.fromkeys(p.certificate.kind for p in members)),
        "verified_by": sorted({name for p in members for name in p.verified_by}),
        "seconds": sum(p.certificate.seconds for p in members),
        "tags": sorted({tag.name for p in members for tag in p.tags.all()}),
    }


def probable_primes(search: Search) -> list[dict[str, Any]]:
    """The candidates for which no proof was found, smallest first: with the reason, and
    the residues that they passed. Empty `reason`: certificates were made, and refused.
    """
    order = order_of(search)
    found = []
    rows = Candidate.objects.filter(search=search, state="probable")
    for candidate in rows.order_by("bits", "id"):
        numbers = order.members(candidate.index)
        residues = Residue.objects.filter(
            key__in=[number.key for number in numbers], role="accepted"
        )
        found.append(
            {
                "expression": candidate.expression,
                "variables": order.assignment(candidate.index),
                "digits": max(number.digits for number in numbers),
                "reason": candidate.proof_note,
                "residues": [
                    {"type": row.residue_type, "base": row.base, "res64": row.res64}
                    for row in residues.order_by("id")
                ],
            }
        )
    return found
