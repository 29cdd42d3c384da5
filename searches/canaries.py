"""Numbers with known answers, mixed into test blocks.

The task does not say which they are, numbers of the same search and of the nearest
sizes; whoever keeps what was published can know. Their answers are certain: the
residue of a composite was confirmed by an independent test, a prime has its
certificate.
"""

from __future__ import annotations

import random

from django.conf import settings
from django.db.models import Q

from searches.models import Candidate, Search

_DICE = random.SystemRandom()
#: Known numbers among which each one is chosen.
_POOL = 50


def mixed_in(
    search: Search, rows: list[tuple[int, int]]
) -> tuple[list[tuple[int, int]], dict[int, str]]:
    """The (id, bits) of numbers to test, with canaries at random places among them, a
    fixed share of the numbers; and the states of the canaries."""
    wanted = int(len(rows) * settings.CANARY_SHARE + _DICE.random())
    if not rows or not wanted:
        return rows, {}
    known = Q(state="prime") | Q(
        state="composite", evidence__in=("double-checked", "proven")
    )
    pool = Candidate.objects.filter(known, search=search, owed="", block=None)
    pool = pool.filter(unweighed=False)
    # Those of the sizes that are tested now, as far as there are any.
    near = pool.filter(bits__lte=rows[-1][1]).order_by("-bits", "-id")
    found = list(near.values_list("id", "bits", "state")[: _POOL * wanted])
    chosen = _DICE.sample(found, min(wanted, len(found)))
    mixed = list(rows)
    for pk, bits, _ in chosen:
        mixed.insert(_DICE.randrange(len(mixed) + 1), (pk, bits))
    return mixed, {pk: state for pk, _, state in chosen}
