"""The bounds of P-1 for a search, chosen when its sieve has ended, or why not."""

from __future__ import annotations

from searches import estimates
from searches.models import Candidate, Search
from searches.work import order_of

# Below this a test takes seconds, and a stage of its own costs as much in bookkeeping.
SMALLEST_BITS = 100_000


def choose(search: Search) -> None:
    """Decide about P-1 once for a search that leaves it to us; the reason is kept."""
    if not search.pm1_undecided:
        return
    search.pm1_undecided = False
    search.pm1_note = _decide(search)
    search.save(update_fields=["pm1_undecided", "pm1_note", "pm1_b1", "pm1_b2"])


def _decide(search: Search) -> str:
    """Set the bounds if any pay; what is said about them."""
    waiting = Candidate.objects.filter(search=search, state="open")
    rows = waiting.order_by("bits", "id").values_list("index", "bits")
    count = waiting.count()
    if not count:
        return "skipped: no candidate is left"
    index, bits = rows[count // 2]
    if bits < SMALLEST_BITS:
        return f"skipped: a number of {bits} bits is tested in seconds"
    # Brings the compiler with it, which most processes that import this never need.
    from darkreach.factoring import bounds, divisors

    number = order_of(search).members(index)[0]
    known = divisors.certain_divisor(number)
    # Factors below the balance are found cheaper by the sieve, if it did not get there.
    balanced = search.sieve_figures.get("target") or 0
    sieved = max(search.sieve_limit, search.sieved_elsewhere, balanced)
    tests = 1.0 + estimates.REPEATS[search.evidence_level]
    found = bounds.best(bits, float(sieved), known, tests)
    what = f"{bits} bits, no factor to {sieved}, f-1 divisible by {known}"
    if found is None:
        return f"skipped: no bounds save more than they cost ({what})"
    search.pm1_b1, search.pm1_b2 = found.b1, found.b2
    return (
        f"chosen: finds a factor of {100 * found.probability:.1f} % of the numbers for"
        f" {100 * found.cost:.1f} % of a test ({what})"
    )
