"""What a sieve file lists: an expression and rows of values, and the order they fit."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import prod

import numpy as np
from numpy.typing import NDArray

from darkreach.errors import OrderError
from darkreach.files.lines import FileError
from darkreach.files.templates import Header, Template, lettered, letters, read
from darkreach.order import Order
from darkreach.order.limits import MOST_POSITIONS
from darkreach.order.ranges import LONGEST_LIST, Range

Rows = NDArray[np.int64]

#: Different values that the constant of the numbers may have.
MOST_CONSTANTS = 16
#: Rows of one file.
MOST_ROWS = 10**8
#: A progression this many times longer than the values it covers is still preferred to
#: a list of them.
_SPARSE = 4


@dataclass
class Chunk:
    """The rows below one header."""

    header: Header
    line: int
    columns: list[array[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.columns = [array("q") for _ in self.header.names]

    @property
    def size(self) -> int:
        return len(self.columns[0])

    def add(self, line: int, values: Iterable[int]) -> None:
        """One row. FileError for one too many."""
        if len(self.columns[0]) >= MOST_ROWS:
            raise FileError(line, f"more than {MOST_ROWS} rows")
        for column, value in zip(self.columns, values, strict=True):
            column.append(value)


@dataclass(frozen=True)
class Listing:
    """Numbers that a sieve left: the expression, its members joined by commas, and the
    values of its variables side by side. sieved_to: what the file claims, or 0."""

    expression: str
    values: dict[str, Rows]
    sieved_to: int

    @property
    def size(self) -> int:
        return next(iter(self.values.values())).size


@dataclass(frozen=True)
class Listed:
    """An order and which of its positions, ascending, a file lists."""

    order: Order
    positions: Rows
    #: Rows that the file has twice, or that stand for a number below 2.
    left_out: int
    sieved_to: int


def listings(chunks: Iterable[Chunk]) -> list[Listing]:
    """The rows of all chunks by expression. Headers that differ in numbers other than
    those after + or - become one expression with one more variable for each."""
    groups: dict[tuple[str, ...], list[_Part]] = {}
    for chunk in chunks:
        for part in _parts(chunk):
            groups.setdefault(part.shape, []).append(part)
    return [_joined(parts) for parts in groups.values()]


@dataclass(frozen=True)
class _Part:
    """Rows with one list of templates, all of whose signs are settled."""

    templates: tuple[Template, ...]
    columns: dict[str, Rows]
    sieved_to: int

    @property
    def shape(self) -> tuple[str, ...]:
        """What parts of one listing have in common."""
        return tuple(
            "?" if _varies(each, i) else token
            for each in self.templates
            for i, token in enumerate((*each.tokens, ","))
        )


def _varies(template: Template, i: int) -> bool:
    if i >= len(template.tokens) or not template.tokens[i].isdecimal():
        return False
    return i == 0 or template.tokens[i - 1] not in "+-"


def _parts(chunk: Chunk) -> Iterator[_Part]:
    header = chunk.header
    names = header.names
    columns = {
        name: np.frombuffer(column, dtype=np.int64)
        for name, column in zip(names, chunk.columns, strict=True)
    }
    if not chunk.size:
        return
    constants = [name for name in names if header.is_constant(name)]
    for values, rows in _by_values(chunk.line, columns, constants):
        texts = {
            name: f"{value:+d}" if header.wants_sign(name) else str(value)
            for name, value in values.items()
        }
        chosen = {n: c[rows] for n, c in columns.items() if n not in texts}
        templates = tuple(each.put(texts) for each in header.templates)
        if not all(each.names for each in templates):
            raise FileError(
                chunk.line, "an expression of this header varies in its constant only"
            )
        if header.joint:
            yield _Part(templates, chosen, header.sieved_to)
            continue
        for each in templates:
            used = {name: chosen[name] for name in each.names}
            yield _Part((each,), used, header.sieved_to)


def _by_values(
    line: int, columns: dict[str, Rows], names: list[str]
) -> Iterator[tuple[dict[str, int], Rows]]:
    """Each combination of values of these columns, and the rows that have it."""
    if not names:
        yield {}, np.arange(next(iter(columns.values())).size)
        return
    table = np.stack([columns[name] for name in names])
    distinct, which = np.unique(table, axis=1, return_inverse=True)
    if distinct.shape[1] > MOST_CONSTANTS:
        raise FileError(
            line, f"more than {MOST_CONSTANTS} different constants below this header"
        )
    for i in range(distinct.shape[1]):
        values = dict(zip(names, distinct[:, i].tolist(), strict=True))
        yield values, np.flatnonzero(which.ravel() == i)


def _joined(parts: list[_Part]) -> Listing:
    """One listing of parts of one shape: numbers that differ become variables."""
    first = parts[0]
    flat = [
        [t for each in part.templates for t in (*each.tokens, ",")] for part in parts
    ]
    differing = [i for i in range(len(flat[0])) if len({row[i] for row in flat}) > 1]
    names = sorted({name for each in first.templates for name in each.names})
    spare = [f"${chr(c)}" for c in range(ord("a"), ord("z") + 1)]
    spare = [name for name in spare if name not in names]
    merged = list(flat[0])
    extra = dict(zip(spare, differing, strict=False))
    for name, i in extra.items():
        merged[i] = name
    if len(extra) < len(differing):
        raise OrderError("the headers of this file differ in too many numbers")
    template = read("".join(merged[:-1]))
    given = letters(template)
    values = {}
    for name in template.names:
        columns = [
            np.full(_length(part), int(row[extra[name]]), dtype=np.int64)
            if name in extra
            else part.columns[name]
            for part, row in zip(parts, flat, strict=True)
        ]
        values[given[name]] = np.concatenate(columns)
    known = min(part.sieved_to for part in parts)
    return Listing(lettered(template.text, given), values, known)


def _length(part: _Part) -> int:
    return next(iter(part.columns.values())).size


def fit(listing: Listing) -> Listed:
    """The smallest order over the values of a listing, and the positions of its rows.
    OrderError if the numbers are of no form that is hunted here, or the order that
    holds them would be too large."""
    texts = _ranges(listing.values)
    order = Order.parse(listing.expression, texts)
    index = np.zeros(listing.size, dtype=np.int64)
    for name, values in order.ranges.items():
        index = index * len(values) + _places(values, listing.values[name])
    positions = np.setdiff1d(index, order.not_candidates)
    positions = _distinct(order, positions)
    left_out = listing.size - positions.size
    return Listed(order, positions, left_out, listing.sieved_to)


def _ranges(values: dict[str, Rows]) -> dict[str, str]:
    distinct = {name: np.unique(column) for name, column in values.items()}
    steps: dict[str, range | Rows] = {
        name: _progression(column) for name, column in distinct.items()
    }
    for name, column in distinct.items():
        covered = len(steps[name])
        if covered > _SPARSE * column.size and column.size <= LONGEST_LIST:
            steps[name] = column
    for name in sorted(steps, key=lambda name: -len(steps[name])):
        if prod(map(len, steps.values())) <= MOST_POSITIONS:
            break
        if distinct[name].size <= LONGEST_LIST:
            steps[name] = distinct[name]
    if prod(map(len, steps.values())) > MOST_POSITIONS:
        raise OrderError(
            "the values of this file span an order of more than "
            f"{MOST_POSITIONS} positions; split the file into several"
        )
    return {name: _text(step) for name, step in steps.items()}


def _progression(values: Rows) -> range:
    step = int(np.gcd.reduce(np.diff(values))) or 1
    return range(int(values[0]), int(values[-1]) + 1, step)


def _text(values: range | Rows) -> str:
    if isinstance(values, range):
        return f"{values[0]}:{values[-1]}:{values.step}"
    return ",".join(map(str, values.tolist()))


def _places(values: Range, wanted: Rows) -> Rows:
    """The place of each wanted value in a range that holds them all."""
    held = values.values
    if isinstance(held, range):
        return (wanted - held.start) // held.step
    return np.searchsorted(held, wanted).astype(np.int64)


def _distinct(order: Order, positions: Rows) -> Rows:
    """The positions without those whose numbers a lower one of them has."""
    if not np.isin(positions, order.duplicates).any():
        return positions
    seen: dict[str, int] = {}
    for position in positions.tolist():
        seen.setdefault(order.candidate_key(position), position)
    return np.array(list(seen.values()), dtype=np.int64)
