"""The expression of an order as a header writes it, and its values as rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

import numpy as np

from darkreach.errors import OrderError
from darkreach.order import Order
from darkreach.order.places import places

_LETTER = re.compile(r"[a-z]")
#: Positions whose values are looked up together.
_BATCH = 10_000


def template(
    order: Order, names: list[str], values: Mapping[str, int] | None = None
) -> str:
    """The members joined by &, with $a, $b ... for these variables and the values of
    the others."""
    if not names:
        raise OrderError("an order without variables is one number, and has no file")
    signs = {name: f"${chr(ord('a') + i)}" for i, name in enumerate(names)}
    given = {name: str(value) for name, value in (values or {}).items()}
    text = _LETTER.sub(lambda found: (signs | given)[found[0]], order.expression)
    return text.replace(",", " & ")


def rows(order: Order, positions: Iterable[int]) -> Iterator[tuple[int, ...]]:
    """The values of the variables, in the order of the ranges, at these positions."""
    rest = iter(positions)
    while batch := list(islice(rest, _BATCH)):
        where = places(order.ranges, np.array(batch, dtype=np.int64))
        columns = [
            values.take(where[name]).tolist() for name, values in order.ranges.items()
        ]
        yield from zip(*columns, strict=True)
