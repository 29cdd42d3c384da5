"""Tables of numbers for the tests of the sieves."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from darkreach.sieve.engine import Sieve
from darkreach.sieve.plan import Group, _rows_by_base, direct, fixed_k, fixed_n
from darkreach.sieve.terms import Source, Terms
from tests.darkreach.sieve.naive import Row

Found = dict[int, tuple[int, int]]


def terms(rows: list[Row]) -> Terms:
    """The rows as the table that a sieve takes."""
    grouped: dict[tuple[int, int, int, int], list[tuple[int, int]]] = {}
    for member, k, b, c, n, index in rows:
        grouped.setdefault((member, k, b, c), []).append((n, index))
    lists = list(grouped.values())
    return Terms(
        sources=[Source(*key) for key in grouped],
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
    parts = list(_rows_by_base(table))
    return [direct(table, np.concatenate(parts))] if parts else []


def _shared(table: Terms, way: Callable[..., object]) -> list[Group]:
    groups: list[Group] = []
    for rows in _rows_by_base(table):
        choice = way(table, rows, float("inf"))
        assert choice is not None, "these rows do not fit a map"
        groups += choice.groups  # type: ignore[attr-defined]
    return groups
