"""Which algorithm sieves which terms: the cheapest one by a rough cost per prime.

Per base: over n for each k (``fixed_k``), over k for each n (``fixed_n``), or every
number by itself (``direct``). What goes directly, of all bases, is one group.
The costs are nanoseconds on a plain core; only their ratios matter here.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Protocol

import numpy as np

from darkreach.sieve.cells import Cells, Hits
from darkreach.sieve.direct import Direct
from darkreach.sieve.fixed_k import FEWEST_CELLS, WEAKEST_MODULUS, FixedK, babies
from darkreach.sieve.fixed_n import FixedN
from darkreach.sieve.logarithms import best_modulus, expected_steps
from darkreach.sieve.machine import FP64, multiplication
from darkreach.sieve.terms import Rows, Terms

#: Nanoseconds: a modular product within a chain; a step with its table lookup; the
#: constants of a new prime; the residue of a k or b; a check of one cell.
PRODUCT, LOOKUP, PRIME, RESIDUE, CELL = 4.0, 6.0, 50.0, 10.0, 3.0

#: The same for the sieve over k in floating point: a prime, and each exponent.
PRIME_FP64, LINE_FP64 = 25.0, 2.5

#: Words instead of floating point make the blocks of the sieve over n dearer by this.
BLOCKS_BY_WORDS = 4.0

#: A map of cells may hold this many, or be this much larger than what it holds.
MOST_CELLS = 2**28
SPARSE_FREE, SPARSEST = 2**12, 1024

#: A base with fewer rows than this, or than its share of a limited number of groups, is
#: not worth a group: each costs microseconds per call and a millisecond to plan.
FEWEST_ROWS, MOST_GROUPS = 8, 10_000


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
    shared: list[Choice] = []
    single, by_base = _split(terms)
    alone = _single_cost(terms, single)
    left = [single]
    for rows in by_base:
        most = direct_cost(terms, rows)
        choice = _cheaper(fixed_k(terms, rows, most), fixed_n(terms, rows, most))
        if choice is None:
            left.append(rows)
            alone += most
        else:
            shared.append(choice)
    groups = [group for choice in shared for group in choice.groups]
    rows = np.concatenate(left)
    if rows.size:
        groups.append(direct(terms, rows))
    return Choice(alone + sum(choice.cost for choice in shared), groups)


def _cheaper(*choices: Choice | None) -> Choice | None:
    possible = [choice for choice in choices if choice is not None]
    return min(possible, key=lambda choice: choice.cost, default=None)


def _split(terms: Terms) -> tuple[Rows, list[Rows]]:
    """The rows of bases with too few of them for a sieve of their own, and the rows of
    each other base."""
    if not terms.n.size:
        return np.empty(0, dtype=np.int64), []
    _, rank = np.unique(terms.sources.b, return_inverse=True)
    base = rank[terms.source]
    counts = np.bincount(base)
    few = counts[base] < max(FEWEST_ROWS, terms.n.size // MOST_GROUPS)
    rest = np.flatnonzero(~few)
    rows = rest[np.argsort(base[rest], kind="stable")]
    parts = np.split(rows, np.flatnonzero(np.diff(base[rows])) + 1)
    return np.flatnonzero(few), [part for part in parts if part.size]


def _single_cost(terms: Terms, rows: Rows) -> float:
    """Nanoseconds per prime for rows that share nothing."""
    products = 1.5 * np.log2(terms.n[rows] + 1.0) + 1
    return PRODUCT * float(products.sum()) + (RESIDUE + CELL) * rows.size


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
    """The group that evaluates these rows one by one."""
    used = _distinct(terms.source[rows])
    source = np.searchsorted(used, terms.source[rows])
    _, base = np.unique(terms.sources.b[used], return_inverse=True)
    order = np.lexsort((source, terms.n[rows], base[source]))
    return Direct(
        sources=terms.sources[used],
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
    line, j = np.searchsorted(used, terms.source[rows]), (n - start) // step
    if used.size * width >= FEWEST_CELLS:
        cost = min(cost, _blocks_cost(line, j, used.size, width))
    if cost >= most or not _fits(used.size * width, rows.size):
        return None
    cell = line * width + j
    group = FixedK(
        b=int(terms.sources.b[used[0]]),
        sources=terms.sources[used],
        start=start,
        step=step,
        width=width,
        cells=Cells.make(used.size * width, cell, rows),
    )
    return Choice(float(cost), [group])


def _blocks_cost(line: Rows, j: Rows, sequences: int, width: int) -> float:
    """Nanoseconds per prime of ``logarithms`` for the cells j of so many sequences, on
    a core with vectors: the filter, then two steps for each root of what it leaves."""
    modulus, classes = best_modulus(
        lambda each: int(np.count_nonzero(np.bincount(line * each + j % each))),
        width,
        sequences,
    )
    if modulus <= WEAKEST_MODULUS:
        return inf
    searched = min(1.0, 1 - 0.5**sequences, classes)
    steps = expected_steps(classes / searched, width, modulus)
    cost = 60 + 33 * sequences + searched * (100 + 2.3 * steps)
    return cost if multiplication() == FP64 else BLOCKS_BY_WORDS * cost


def fixed_n(terms: Terms, rows: Rows, most: float) -> Choice | None:
    """Sieve over k, each sign c of one base a group; None if that cannot cost less
    than most or needs too large a map."""
    exponents = _distinct(terms.n[rows]).size
    if exponents * CELL >= most:
        return None
    cost = 0.0
    groups: list[Group] = []
    for c in (1, -1):
        chosen = rows[terms.sources.c[terms.source[rows]] == c]
        if not chosen.size:
            continue
        made = _fixed_n_group(terms, chosen, c)
        if made is None:
            return None
        if multiplication() == FP64:
            cost += PRIME_FP64 + made.n.size * LINE_FP64
        else:
            cost += PRIME + 90 * PRODUCT + made.n.size * (2 * PRODUCT + CELL)
        groups.append(made)
    return Choice(cost, groups) if cost < most else None


def _fixed_n_group(terms: Terms, rows: Rows, c: int) -> FixedN | None:
    source = terms.source[rows]
    k = terms.sources.k[source]
    low = k.min()
    step = int(np.gcd.reduce(k - low)) or 1
    width = int(k.max() - low) // step + 1
    n = _distinct(terms.n[rows])
    if step >= 2**63 or not _fits(n.size * width, rows.size):
        return None
    column = ((k - low) // step).astype(np.int64)
    line = n.size - 1 - np.searchsorted(n, terms.n[rows])
    return FixedN(
        b=int(terms.sources.b[source[0]]),
        c=c,
        n=np.ascontiguousarray(n[::-1]),
        low=int(low),
        step=step,
        width=width,
        cells=Cells.make(n.size * width, line * width + column, rows),
    )


def _fits(cells: int, rows: int) -> bool:
    return cells <= min(MOST_CELLS, SPARSE_FREE + SPARSEST * rows)
