"""The decision about the depth of a sieve and its figures, for pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from darkreach.sieve.balance import FEWEST_FACTORS
from searches.models import Search


@dataclass(frozen=True)
class Depth:
    """How deep a search is sieved and why. Times are seconds of one core.

    cost: what removing one more candidate takes at this depth, low to high its Poisson
    band (None where the formula is believed); saves: what removing one saves; both are
    None until the first pass has ended, and for a depth that the operator fixed.
    """

    automatic: bool
    reached: int
    state: str
    reason: str
    cost: float | None = None
    low: float | None = None
    high: float | None = None
    measured: bool = False
    factors: int = 0
    saves: float | None = None
    test_measured: bool = False
    target: int | None = None

    #: Removals below which the formula is believed.
    fewest = FEWEST_FACTORS


def depth(search: Search) -> Depth:
    """What was decided last."""
    reached = max(search.sieve_limit, search.sieved_elsewhere)
    if not search.sieve_automatic:
        reason = "the operator fixed the depth"
        return Depth(False, reached, "fixed", reason)
    figures: dict[str, Any] = search.sieve_figures
    if "cost" not in figures:
        reason = "the first pass over the small primes comes first"
        return Depth(True, reached, "undecided", reason)
    return Depth(
        automatic=True,
        reached=reached,
        state="ended" if figures["ended"] else "goes on",
        reason=figures["reason"],
        target=figures["target"],
        **{
            name: figures[name]
            for name in (
                "cost",
                "low",
                "high",
                "measured",
                "factors",
                "saves",
                "test_measured",
            )
        },
    )
