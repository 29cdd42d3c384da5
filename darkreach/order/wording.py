"""What is said to people about an order: its title, and how it was normalised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import gmpy2
import numpy as np
from numpy.typing import NDArray

from darkreach.forms import Family, Formula
from darkreach.forms.affine import Affine
from darkreach.forms.family import divisible
from darkreach.forms.kbn import root
from darkreach.order.places import values_of
from darkreach.order.ranges import Range

#: Ranges are shown up to this many characters.
_LONGEST_RANGE = 40
#: Bases, and pairs of a k and a base, that are looked at for something worth saying.
_BASES = 1000
_PAIRS = 10**5


def title(families: Sequence[Family | Formula], ranges: Mapping[str, Range]) -> str:
    """The order in a line: k*2^50+-1, k = 3:20001:6."""
    texts: list[str] = []
    rest = list(families)
    while rest:
        each = rest.pop(0)
        if isinstance(each, Formula):
            texts.append(each.text)
            continue
        twin = Family(each.coefficient, each.base, each.exponent, -each.c)
        if twin in rest:
            rest.remove(twin)
            texts.append(f"{each.term}+-1")
        else:
            texts.append(each.text)
    shown = [f"{name} = {_short(values)}" for name, values in ranges.items()]
    return ", ".join([*texts, *shown])


def normalisations(
    families: Sequence[Family | Formula], ranges: Mapping[str, Range]
) -> list[str]:
    """A sentence for each way in which values of variables are normalised, with the
    first example. Only the beginning of long ranges is looked at."""
    said: dict[str, None] = {}
    for each in families:
        if isinstance(each, Formula):
            continue
        if each.base.variable:
            said.update(dict.fromkeys(islice(_perfect_powers(each, ranges), 1)))
        if each.base.variable or each.coefficient.variable:
            said.update(dict.fromkeys(islice(_divisible(each, ranges), 1)))
    return list(said)


def _perfect_powers(each: Family, ranges: Mapping[str, Range]) -> Iterator[str]:
    for base, power in _roots(each.base, ranges):
        if power > 1:
            b = base**power
            yield (f"b = {b} is a perfect power: {b}^n = {base}^({power}*n), and so on")


def _divisible(each: Family, ranges: Mapping[str, Range]) -> Iterator[str]:
    shared = each.coefficient.variable
    if shared and shared == each.exponent.variable:
        return  # k and n go together, so there is no n to put a factor of k into
    roots = _roots(each.base, ranges)
    for base, _ in roots:
        values = _beginning(each.coefficient, ranges, _PAIRS // len(roots))
        # Not by numpy: a base may be longer than its integers.
        for k in islice((k for k in values.tolist() if k % base == 0), 1):
            rest, taken = gmpy2.remove(k, base)
            left = f"{rest}*{base}" if rest > 1 else str(base)
            yield (
                f"{divisible(str(k), base)}: {k}*{base}^n = {left}^(n+{taken}), "
                "and so on"
            )


def _roots(piece: Affine, ranges: Mapping[str, Range]) -> list[tuple[int, int]]:
    """The roots of the first values of a base, with their powers."""
    return [root(int(value)) for value in _beginning(piece, ranges, _BASES)]


def _beginning(piece: Affine, ranges: Mapping[str, Range], count: int) -> NDArray[Any]:
    length = len(ranges[piece.variable]) if piece.variable else 1
    return values_of(piece, ranges, np.arange(min(length, count)))


def _short(values: Range) -> str:
    if len(values.text) <= _LONGEST_RANGE:
        return values.text
    return f"{values.first}, …, {values.last} ({len(values)} values)"
