"""b-files: the values of a search's one variable at which its number is prime.

A list is only worth something while it has no holes: it ends before the first value
that is not settled, and before the first prime that is under embargo.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Min, Q

from darkreach.errors import OrderError
from darkreach.files.prime_lists import bfile_lines
from searches.models import Block, Candidate, Search
from searches.work import order_of
from verification import embargo

_UNSETTLED = Q(state__in=("open", "elsewhere", "disputed", "probable"))


def bfile(search: Search) -> Iterator[str]:
    """The lines of the file. OrderError for a search that is no sequence."""
    order = order_of(search)
    names = list(order.ranges)
    if len(names) != 1 or search.source:
        raise OrderError(
            "a b-file is of a search of one variable that was ordered by its range"
        )
    end = complete_until(search)
    rows = Candidate.objects.filter(search=search, state="prime", index__lt=end)
    indices = rows.order_by("index").values_list("index", flat=True)
    values = (order.assignment(index)[names[0]] for index in indices.iterator())
    return bfile_lines(values, comments=_comments(search, order, names[0], end))


def _comments(search: Search, order: object, name: str, end: int) -> list[str]:
    title = f"values of {name} for which {search.spec['expression']} is prime"
    if not end:
        return [title, "nothing is settled yet"]
    first, last = (order_of(search).assignment(at)[name] for at in (0, end - 1))
    return [title, f"complete from {name} = {first} to {name} = {last}"]


def complete_until(search: Search) -> int:
    """All positions below this one are settled and public."""
    waiting = [search.size]
    sieving = Block.objects.filter(
        search=search, stage="sieve", p_min=2, first__isnull=False
    ).exclude(state="done")
    waiting.append(sieving.aggregate(at=Min("first"))["at"])
    rows = Candidate.objects.filter(search=search)
    waiting.append(rows.filter(_UNSETTLED).aggregate(at=Min("index"))["at"])
    end = embargo.ends_before()
    if end is not None:
        fresh = rows.filter(state="prime").exclude(settled_at__lte=end)
        waiting.append(fresh.aggregate(at=Min("index"))["at"])
    return min(each for each in waiting if each is not None)
