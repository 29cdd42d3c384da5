"""Tables of numbers for the tests of the sieves."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from darkreach.sieve.cells import whole
from darkreach.sieve.engine import Sieve
from darkreach.sieve.plan import Choice, Group, direct, fixed_k, fixed_n
from darkreach.sieve.terms import Sources, Terms
from tests.darkreach.sieve.naive import Row

Found = dict[int, tuple[int, int]]


def terms(rows: list[Row]) -> Terms:
    """The rows as the table that a sieve takes."""
    grouped: dict[tuple[int, int, int, int], list[tuple[int, int]]] = {}
    for member, k, b, c, n, index in rows:
        grouped.setdefault((member, k, b, c), []).append((n, index))
    lists = list(grouped.values())
    return Terms(
        sources=Sources(
            k=whole(*(k for _, k, _, _ in grouped)),
            b=whole(*(b for _, _, b, _ in grouped)),
            c=whole(*(c for _, _, _, c in grouped)),
            member=whole(*(member for member, _, _, _ in grouped)),
        ),
        source=np.repeat(np.arange(len(lists)), [len(each) for each in lists]),
        n=np.array([n for each in lists for n, _ in each], dtype=np.int64),
        index=np.array([i for each in lists for _, i in each], dtype=np.int64),
    )


def sieved(sieve: Sieve, edges: list[int]) -> Found:
    """What the sieve removes in the windows between the edges (the last excluded)."""
    found: Found = {}
    for low, end in pairwise(edges):
        got = sieve.window(low, end - 1)
        for index, factor, member in zip(
            got.index.tolist(), got.factor.tolist(), got.member.tolist(), strict=True
        ):
            assert index not in found, f"{index} was removed twice"
            found[index] = (factor, member)
    return found


def only_fixed_k(table: Terms) -> list[Group]:
    return _shared(table, fixed_k)


def only_fixed_n(table: Terms) -> list[Group]:
    return _shared(table, fixed_n)


def only_direct(table: Terms) -> list[Group]:
    every = np.arange(table.n.size)
    return [direct(table, every)] if every.size else []


def _shared(table: Terms, way: Callable[..., Choice | None]) -> list[Group]:
    groups: list[Group] = []
    bases = table.sources.b[table.source]
    for b in np.unique(bases):
        choice = way(table, np.flatnonzero(bases == b), float("inf"))
        assert choice is not None, "these rows do not fit a map"
        groups += choice.groups
    return groups
