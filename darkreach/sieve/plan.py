"""Which algorithm sieves which terms: the cheapest one by a rough cost per prime.

Per base: over n for each k (``fixed_k``), over k for each n (``fixed_n``), or every
number by itself (``direct``). What goes directly, of all bases, is one group.
The costs are nanoseconds on a plain core; only their ratios matter here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd
from typing import Protocol

import numpy as np

from darkreach.sieve.cells import Cells, Hits
from darkreach.sieve.direct import Direct
from darkreach.sieve.fixed_k import FixedK, babies
from darkreach.sieve.fixed_n import FixedN
from darkreach.sieve.terms import Rows, Terms

#: Nanoseconds: a modular product within a chain; a step with its table lookup; the
#: constants of a new prime; the residue of a k or b; a check of one cell.
PRODUCT, LOOKUP, PRIME, RESIDUE, CELL = 4.0, 6.0, 50.0, 10.0, 3.0

#: A map of cells may hold this many, or be this much larger than what it holds.
MOST_CELLS = 2**28
SPARSE_FREE, SPARSEST = 2**20, 64


class Group(Protocol):
    """Terms that one algorithm sieves together."""

    @property
    def cells(self) -> Cells: ...

    def strike(self, primes: Rows) -> Hits: ...


@dataclass(frozen=True)
class Choice:
    """A way to sieve some terms and its cost in nanoseconds per prime."""

    cost: float
    groups: list[Group]


def plan(terms: Terms) -> Choice:
    """The groups that together hold every row once."""
    groups: list[Group] = []
    cost = 0.0
    single: list[Rows] = []
    for rows in _rows_by_base(terms):
        alone = direct_cost(terms, rows)
        shared = _cheaper(
            fixed_k(terms, rows, alone), fixed_n(terms, rows, alone), alone
        )
        if shared is None:
            single.append(rows)
            cost += alone
        else:
            groups += shared.groups
            cost += shared.cost
    if single:
        groups.append(direct(terms, np.concatenate(single)))
    return Choice(cost, groups)


def _cheaper(a: Choice | None, b: Choice | None, alone: float) -> Choice | None:
    choices = [c for c in (a, b) if c is not None and c.cost < alone]
    return min(choices, key=lambda c: c.cost, default=None)


def _rows_by_base(terms: Terms) -> Iterator[Rows]:
    """The rows of each base, ascending bases, each ascending."""
    rank = {b: i for i, b in enumerate(sorted({s.b for s in terms.sources}))}
    base_of_source = np.array([rank[s.b] for s in terms.sources], dtype=np.int64)
    base = base_of_source[terms.source]
    rows = np.argsort(base, kind="stable")
    for part in np.split(rows, np.flatnonzero(np.diff(base[rows])) + 1):
        if part.size:
            yield part


def _distinct(values: Rows) -> Rows:
    """The distinct values, ascending; several times faster here than np.unique."""
    ordered = np.sort(values)
    distinct: Rows = ordered[np.diff(ordered, prepend=ordered[:1] - 1) != 0]
    return distinct


def direct_cost(terms: Terms, rows: Rows) -> float:
    """Nanoseconds per prime for evaluating each of these rows of one base."""
    n = _distinct(terms.n[rows])
    gaps = np.diff(n, prepend=0)
    products = 1.5 * np.log2(gaps + 1.0) + 1
    return PRIME / 4 + PRODUCT * float(products.sum()) + (RESIDUE + CELL) * rows.size


def direct(terms: Terms, rows: Rows) -> Direct:
    """The group that evaluates these rows one by one; their bases are adjacent."""
    used = _distinct(terms.source[rows])
    sources = [terms.sources[s] for s in used]
    rank = {b: i for i, b in enumerate(sorted({s.b for s in sources}))}
    base = np.array([rank[s.b] for s in sources], dtype=np.int64)
    source = np.searchsorted(used, terms.source[rows])
    order = np.lexsort((source, terms.n[rows], base[source]))
    return Direct(
        sources=sources,
        source=source[order],
        n=terms.n[rows][order],
        cells=Cells.make(rows.size, np.arange(rows.size), rows[order]),
    )


def fixed_k(terms: Terms, rows: Rows, most: float) -> Choice | None:
    """Sieve over n, the sequences of one base together; None if that cannot cost
    less than most or needs too large a map."""
    used = _distinct(terms.source[rows])
    n = terms.n[rows]
    start = int(n.min())
    step = int(np.gcd.reduce(n - start)) or 1
    width = (int(n.max()) - start) // step + 1
    m = babies(width, used.size)
    cost = PRIME + 3 * PRODUCT * np.log2(start + 2.0) + LOOKUP * m
    cost += used.size * (RESIDUE + LOOKUP * -(-width // m))
    if cost >= most or not _fits(used.size * width, rows.size):
        return None
    cell = np.searchsorted(used, terms.source[rows]) * width + (n - start) // step
    group = FixedK(
        b=terms.sources[used[0]].b,
        sources=[terms.sources[s] for s in used],
        start=start,
        step=step,
        width=width,
        cells=Cells.make(used.size * width, cell, rows),
    )
    return Choice(float(cost), [group])


def fixed_n(terms: Terms, rows: Rows, most: float) -> Choice | None:
    """Sieve over k, each sign c of one base a group; None if that cannot cost less
    than most or needs too large a map."""
    exponents = _distinct(terms.n[rows]).size
    if exponents * CELL >= most:
        return None
    by_sign: dict[int, list[int]] = defaultdict(list)
    for s in _distinct(terms.source[rows]):
        by_sign[terms.sources[s].c].append(int(s))
    cost = 0.0
    groups: list[Group] = []
    for c, sources in by_sign.items():
        chosen = rows[np.isin(terms.source[rows], sources)]
        made = _fixed_n_group(terms, chosen, c, sources)
        if made is None:
            return None
        cost += PRIME + 90 * PRODUCT + made.n.size * (2 * PRODUCT + CELL)
        groups.append(made)
    return Choice(cost, groups) if cost < most else None


def _fixed_n_group(
    terms: Terms, rows: Rows, c: int, sources: list[int]
) -> FixedN | None:
    ks = [terms.sources[s].k for s in sources]
    low = min(ks)
    step = gcd(*(k - low for k in ks)) or 1
    width = (max(ks) - low) // step + 1
    n = _distinct(terms.n[rows])
    if step >= 2**63 or not _fits(n.size * width, rows.size):
        return None
    place = np.array([(k - low) // step for k in ks], dtype=np.int64)
    column = place[np.searchsorted(np.array(sources), terms.source[rows])]
    line = n.size - 1 - np.searchsorted(n, terms.n[rows])
    return FixedN(
        b=terms.sources[sources[0]].b,
        c=c,
        n=np.ascontiguousarray(n[::-1]),
        low=low,
        step=step,
        width=width,
        cells=Cells.make(n.size * width, line * width + column, rows),
    )


def _fits(cells: int, rows: int) -> bool:
    return cells <= min(MOST_CELLS, SPARSE_FREE + SPARSEST * rows)
