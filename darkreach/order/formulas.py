"""Orders with formulas: what may be ordered, and which positions hold no number of
their own. A formula tells little about its numbers in general, so it is evaluated at
every position, modulo one large prime, unless its signs show that it only grows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product

from darkreach.errors import ExpressionError, OrderError
from darkreach.expression import (
    MAX_BITS,
    evaluate_mod,
    length,
    magnitude,
    parse,
    size_bits,
)
from darkreach.forms import Family, Formula
from darkreach.identity import SAFE_PRIME
from darkreach.order.ranges import Range

#: Most positions of an order with a formula.
MOST_POSITIONS = 10**6
MOST_VARIABLES = 2
#: So many numbers are looked at for an odd one before all are.
_FIRST_LOOK = 64

Ranges = Mapping[str, Range]
Assignment = dict[str, int]


@dataclass(frozen=True)
class Findings:
    """Positions, ascending: with a member that is no whole number or below 2; with
    numbers that a lower position has."""

    not_candidates: list[int]
    duplicates: list[int]


def check(each: Formula, ranges: Ranges) -> None:
    """OrderError for too many variables, a negative exponent, numbers that are too
    large, or a formula whose numbers are all even."""
    text = each.text if len(each.text) <= 60 else f"{each.text[:60]}…"
    if len(each.variables) > MOST_VARIABLES:
        raise OrderError(
            f"{text} has {len(each.variables)} variables; k*b^n+1 and k*b^n-1 may have "
            f"more, any other expression at most {MOST_VARIABLES}"
        )
    if largest(each, ranges) > MAX_BITS:
        raise OrderError(
            f"the largest number of {text} has more than {MAX_BITS} bits; "
            "smaller ones are hunted here"
        )
    own = {name: ranges[name] for name in each.variables}
    if all(_is_even(each, values) for values in islice(assignments(own), _FIRST_LOOK)):
        rest = islice(assignments(own), _FIRST_LOOK, MOST_POSITIONS)
        if all(_is_even(each, values) for values in rest):
            raise OrderError(
                f"no number of {text} is odd here; "
                "an even number above 2 is never prime"
            )


def check_size(size: int) -> None:
    """OrderError if so many positions are too many to be looked at one by one."""
    if size > MOST_POSITIONS:
        raise OrderError(
            f"this order has {size} positions; of a form other than k*b^n+-1 at most "
            f"{MOST_POSITIONS} are hunted at once, so split it into several"
        )


def largest(each: Formula, ranges: Ranges) -> float:
    """About log2 of the largest number, at the ends of the ranges."""
    return max(size_bits(each.node, values) for values in corners(each, ranges))


def longest(each: Formula, ranges: Ranges) -> int:
    """The bits of the largest number, 1 if there is none."""
    growing = each.increases and all(values.first >= 1 for values in ranges.values())
    own = {name: ranges[name] for name in sorted(each.variables)}
    where = corners(each, ranges) if growing else assignments(own)
    found = 1
    for values in where:
        with suppress(ExpressionError):  # no whole number stands there
            size = magnitude(each.node, values)
            if size is None or size >= 2:
                bits = length(size, 2) if size is not None else None
                found = max(found, bits or each.member(values).bits)
    return found


def corners(each: Formula, ranges: Ranges) -> Iterator[Assignment]:
    """The assignments with every variable at an end of its range."""
    names = sorted(each.variables)
    for ends in product(*((ranges[name].first, ranges[name].last) for name in names)):
        yield dict(zip(names, ends, strict=True))


def assignments(ranges: Ranges) -> Iterator[Assignment]:
    """The values at every position, the last variable fastest."""
    names = list(ranges)
    for row in product(*(ranges[name].all().tolist() for name in names)):
        yield dict(zip(names, row, strict=True))


def survey(families: Sequence[Family | Formula], ranges: Ranges) -> Findings:
    """Look at every position, or at the first ones where no other can be special."""
    texts = tuple(each.text for each in families)
    spans = tuple((name, each.text) for name, each in ranges.items())
    return _survey(texts, spans)


@lru_cache(maxsize=16)
def _survey(texts: tuple[str, ...], spans: tuple[tuple[str, str], ...]) -> Findings:
    """The same, remembered: an order is read anew for each of its blocks."""
    ranges = {name: Range.parse(name, text) for name, text in spans}
    formulas = [Formula(parse(text)[0]) for text in texts]
    growing = all(each.increases and not each.divides for each in formulas)
    growing = growing and all(values.first >= 1 for values in ranges.values())
    varying = [name for name, values in ranges.items() if len(values) > 1]
    if growing and len(varying) <= 1 and _is_complete(formulas, varying):
        return Findings(list(_beginning_below_two(formulas, ranges)), [])
    seen: set[tuple[int, ...]] = set()
    found = Findings([], [])
    for index, values in enumerate(assignments(ranges)):
        keys = _keys(formulas, values)
        if keys is None or any(_is_below_two(each, values) for each in formulas):
            found.not_candidates.append(index)
        if keys is not None:
            if keys in seen:
                found.duplicates.append(index)
            seen.add(keys)
    return found


def _is_complete(formulas: Iterable[Formula], varying: list[str]) -> bool:
    """Whether some member changes with the variable: then no two positions agree."""
    return not varying or any(varying[0] in each.variables for each in formulas)


def _beginning_below_two(formulas: list[Formula], ranges: Ranges) -> Iterator[int]:
    for index, values in enumerate(assignments(ranges)):
        if not any(_is_below_two(each, values) for each in formulas):
            return
        yield index


def _keys(formulas: list[Formula], values: Assignment) -> tuple[int, ...] | None:
    """The keys of the members in order of size; None if one is no whole number."""
    try:
        return tuple(sorted(evaluate_mod(f.node, values, SAFE_PRIME) for f in formulas))
    except ExpressionError:
        return None


def _is_below_two(each: Formula, values: Assignment) -> bool:
    size = magnitude(each.node, values)
    if size is None or abs(size) < 10**6:
        try:
            return bool(each.exact(values) < 2)
        except ExpressionError:
            return True
    return bool(size < 2)


def _is_even(each: Formula, values: Assignment) -> bool:
    try:
        return evaluate_mod(each.node, values, 2) == 0
    except ExpressionError:  # no whole number: not an odd one either
        return True
