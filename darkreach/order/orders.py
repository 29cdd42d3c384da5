"""An order: which numbers are hunted, as an expression and the ranges of its variables.

The positions of an order are counted from 0. The variables are the digits of a
position, the slowest first: those of the base, of the coefficient, of the exponent, so
that the exponent runs fastest. Nothing here is ever as long as the order, except what a
caller asks for and the search for duplicates in several variables.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkreach.errors import ExpressionError, OrderError
from darkreach.expression import evaluate, parse
from darkreach.forms import Family, Formula, Kbn, Plain, family
from darkreach.forms.shapes import ordered_by
from darkreach.identity import number_key
from darkreach.order import duplicates, formulas, wording
from darkreach.order.limits import check, check_names, check_size, largest
from darkreach.order.places import places, values_of
from darkreach.order.ranges import Range
from darkreach.order.sequences import Columns, Sequence, grouped

__all__ = ["Columns", "Order", "Sequence"]

_VERSION = 1

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Order:
    """Made by `parse` or `from_spec`. The families are the members of a candidate, in
    canonical order; ranges are in the order of the digits, slowest first."""

    families: tuple[Family | Formula, ...]
    ranges: dict[str, Range]
    #: Normalisations, in sentences for the person who ordered.
    notes: list[str]

    @classmethod
    def parse(cls, expression: str, ranges: Mapping[str, str]) -> Order:
        """OrderError, with a one-line message for a person, if there is anything wrong
        with the expression or the ranges."""
        own = ordered_by(expression.strip()) if isinstance(expression, str) else None
        if own is not None:
            return own.order(ranges)
        read = [family(node) for node in parse(expression)]
        folded = [
            each.folded() if isinstance(each, Family) else (each, None) for each in read
        ]
        families = list(dict.fromkeys(each for each, _ in folded))
        notes = [note for _, note in folded if note]
        if len(families) < len(read):
            notes.append("a number that is written twice counts once")
        check_names(families, ranges)
        values = {name: Range.parse(name, text) for name, text in ranges.items()}
        lengths = [len(each) for each in values.values()]
        check_size(lengths)
        if any(isinstance(each, Formula) for each in families):
            formulas.check_size(prod(lengths))
        for each in families:
            if isinstance(each, Family):
                check(each, values)
            else:
                formulas.check(each, values)
        families.sort(key=lambda each: _by_size(each, values))
        notes += wording.normalisations(families, values)
        return cls(tuple(families), _digits_first(families, values), notes)

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any]) -> Order:
        """The order of `spec()`. OrderError for any other object."""
        wanted = {"form", "version", "expression", "ranges"}
        if not isinstance(spec, Mapping) or set(spec) != wanted:
            raise OrderError(f"the spec of an order has the keys {sorted(wanted)}")
        if not isinstance(spec["ranges"], Mapping):
            raise OrderError("the ranges of an order are an object")
        order = cls.parse(spec["expression"], spec["ranges"])
        if (spec["form"], spec["version"]) != (order.form, _VERSION):
            raise OrderError(
                "this order is of a form or version that is not known here"
            )
        return order

    def spec(self) -> dict[str, Any]:
        """The order in JSON, canonical: one order, one spec."""
        ranges = {name: self.ranges[name].text for name in sorted(self.ranges)}
        return {
            "form": self.form,
            "version": _VERSION,
            "expression": self.expression,
            "ranges": ranges,
        }

    @property
    def form(self) -> str:
        """ "kbn" if all members are k*b^n+-1, for which `columns` and `sequences` know
        the numbers; "formula" otherwise."""
        return "kbn" if self.is_kbn else "formula"

    @cached_property
    def is_kbn(self) -> bool:
        return all(isinstance(each, Family) for each in self.families)

    @cached_property
    def key(self) -> str:
        """SHA-256 of the spec, in hexadecimal."""
        text = json.dumps(self.spec(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def expression(self) -> str:
        return ",".join(each.text for each in self.families)

    @property
    def title(self) -> str:
        """The order in a line: 3*2^n+1, n = 1:2000."""
        return wording.title(self.families, self.ranges)

    @cached_property
    def size(self) -> int:
        """The number of positions."""
        return prod(len(values) for values in self.ranges.values())

    @property
    def member_count(self) -> int:
        return len(self.families)

    @cached_property
    def sequence_count(self) -> int:
        """How many series a sieve works on at once: for each member, the k of each
        base or the n of each base, whichever are fewer; of a formula every number."""
        return sum(
            self._series(each) if isinstance(each, Family) else self.size
            for each in self.families
        )

    @cached_property
    def max_bits(self) -> int:
        """The length of the largest number."""
        return max(
            largest(each, self.ranges).bits
            if isinstance(each, Family)
            else formulas.longest(each, self.ranges)
            for each in self.families
        )

    @cached_property
    def duplicates(self) -> Rows:
        """The positions, ascending, whose numbers are those of a lower position, in
        whatever order the members are; without those that are no candidates anyway."""
        if self.is_kbn:
            found = duplicates.repeated(self._kbn_families, self.ranges)
        else:
            found = np.array(self._findings.duplicates, dtype=np.int64)
        return np.setdiff1d(found, self.not_candidates, assume_unique=True)

    @cached_property
    def not_candidates(self) -> Rows:
        """The positions, ascending, with a number below 2, or with a division that
        leaves a remainder."""
        if not self.is_kbn:
            return np.array(self._findings.not_candidates, dtype=np.int64)
        found = [
            self._positions(where)
            for each in self._kbn_families
            for where in self._below_two(each)
        ]
        return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)

    @cached_property
    def _findings(self) -> formulas.Findings:
        return formulas.survey(self.families, self.ranges)

    @cached_property
    def _kbn_families(self) -> list[Family]:
        return [each for each in self.families if isinstance(each, Family)]

    def assignment(self, index: int) -> dict[str, int]:
        """The value of each variable at a position. IndexError outside the order."""
        if not 0 <= index < self.size:
            raise IndexError(f"position {index} is outside of {self.size} positions")
        values = {}
        for name in reversed(self.ranges):
            index, place = divmod(index, len(self.ranges[name]))
            values[name] = self.ranges[name].at(place)
        return {name: values[name] for name in self.ranges}

    def members(self, index: int) -> list[Kbn | Plain]:
        """The numbers of a position, in the order of the families; those of k*b^n+-1
        normalised."""
        values = self.assignment(index)
        return [each.member(values) for each in self.families]

    def values(self, member: int, positions: Rows) -> Rows:
        """The numbers of one member at these positions; 0 where there is none from 0
        to 2^63-1."""
        node = self.families[member].node
        found = np.zeros(positions.size, dtype=np.int64)
        for place, index in enumerate(positions.tolist()):
            with suppress(ExpressionError):
                value = int(evaluate(node, self.assignment(index)))
                found[place] = value if 0 <= value < 2**63 else 0
        return found

    def candidate_key(self, index: int) -> str:
        """32 hexadecimal digits, the same for the same numbers: the key of the only
        number, or a hash over the sorted keys of all."""
        keys = sorted(number_key(number) for number in self.members(index))
        if len(keys) == 1:
            return keys[0]
        return hashlib.sha256(",".join(keys).encode()).hexdigest()[:32]

    def columns(self, member: int, first: int, count: int) -> Columns:
        """One member, which must be k*b^n+-1, at the positions [first, first + count),
        as the order writes it. IndexError outside the order."""
        if first < 0 or count < 0 or first + count > self.size:
            raise IndexError(f"positions {first}, {count} of them, are not all there")
        each = self.families[member]
        if isinstance(each, Formula):
            raise OrderError(f"{each.text} has no columns of k, b and n")
        index = np.arange(first, first + count, dtype=np.int64)
        where = places(self.ranges, index)
        k, b, n = (
            values_of(piece, self.ranges, where.get(piece.variable or "", index))
            for piece in (each.coefficient, each.base, each.exponent)
        )
        return Columns(k, b, n.astype(np.int64, copy=False), each.c, index)

    def sequences(self, member: int, first: int, count: int) -> Iterator[Sequence]:
        """The same numbers grouped by (k, b) after normalisation, each pair once."""
        return grouped(self.columns(member, first, count))

    def _series(self, each: Family) -> int:
        k, b, n = (
            len(self.ranges[piece.variable]) if piece.variable else 1
            for piece in (each.coefficient, each.base, each.exponent)
        )
        return b * min(k, n)

    def _below_two(self, each: Family) -> Iterator[dict[str, int]]:
        """The places of variables where k*b^n <= 2 and c = -1, one set per case."""
        if each.c == 1:
            return
        pieces = (each.coefficient, each.base, each.exponent)
        for case in ((1, None, 0), (2, None, 0), (1, 2, 1)):
            where: dict[str, int] = {}
            for piece, value in zip(pieces, case, strict=True):
                if value is None:
                    continue
                if piece.variable is None:
                    if piece.offset != value:
                        break
                    continue
                argument, rest = divmod(value - piece.offset, piece.slope)
                place = None if rest else self.ranges[piece.variable].find(argument)
                if place is None:
                    break
                if where.setdefault(piece.variable, place) != place:
                    break
            else:
                yield where

    def _positions(self, where: Mapping[str, int]) -> Rows:
        """All positions whose variables have these places, the others any."""
        found = np.zeros(1, dtype=np.int64)
        for name, values in self.ranges.items():
            place = where.get(name)
            digits = np.arange(len(values)) if place is None else np.array([place])
            found = (found[:, None] * len(values) + digits).ravel()
        return found


def _by_size(
    each: Family | Formula, ranges: Mapping[str, Range]
) -> tuple[float, int, str]:
    """Smaller members first; they are the cheaper ones to test."""
    if isinstance(each, Family):
        return round(largest(each, ranges).log2_term, 6), each.c, each.text
    return round(formulas.largest(each, ranges), 6), 0, each.text


def _digits_first(
    families: list[Family | Formula], ranges: Mapping[str, Range]
) -> dict[str, Range]:
    """The ranges, slowest digit first: of bases, of coefficients, of exponents and
    arguments of factorials."""
    rank = dict.fromkeys(ranges, 0)
    for each in families:
        for name, place in each.ranks.items():
            rank[name] = max(rank[name], place)
    return {name: ranges[name] for name in sorted(ranges, key=lambda x: (rank[x], x))}
