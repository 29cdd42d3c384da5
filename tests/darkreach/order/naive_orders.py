"""The slow obvious twin of an order: every position one by one, in whole numbers."""

from __future__ import annotations

from itertools import product

from darkreach.errors import ExpressionError
from darkreach.expression import Node, evaluate, parse
from darkreach.order import Order


def positions(order: Order) -> list[dict[str, int]]:
    """The values of the variables at every position, the last variable fastest."""
    columns = [values.all().tolist() for values in order.ranges.values()]
    return [dict(zip(order.ranges, row, strict=True)) for row in product(*columns)]


def numbers(order: Order) -> list[list[int]]:
    """The numbers of every position, evaluated from the canonical expression; -1 for
    one that is not whole."""
    members = parse(order.expression)
    return [
        [_value(member, values) for member in members] for values in positions(order)
    ]


def _value(member: Node, values: dict[str, int]) -> int:
    try:
        return int(evaluate(member, values))
    except ExpressionError:
        return -1


def duplicates(order: Order) -> list[int]:
    seen: set[tuple[int, ...]] = set()
    found = []
    for index, row in enumerate(numbers(order)):
        key = tuple(sorted(row))
        if key[0] >= 2 and key in seen:
            found.append(index)
        seen.add(key)
    return found


def not_candidates(order: Order) -> list[int]:
    return [index for index, row in enumerate(numbers(order)) if min(row) < 2]
