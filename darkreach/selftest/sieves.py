"""Known answers of the sieves: what they leave of an order of each form.

Each order is sieved by the sieve that the stage chooses, by evaluation of its
expression, and with `full` by the sieve of its form.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from darkreach import arrays
from darkreach.vectors import of_forms

if TYPE_CHECKING:
    from darkreach.order import Order
    from darkreach.sieve.door import Sieving
    from darkreach.sieve.terms import Rows


def known(full: bool) -> Iterator[tuple[str, str, Callable[[], bool]]]:
    for row in of_forms("sieves"):
        yield "sieve", f"{row['form']} {row['expression']}", partial(holds, row, full)


def holds(row: dict[str, Any], full: bool) -> bool:
    """Whether every sieve leaves exactly the known positions."""
    from darkreach.order import Order

    order = Order.parse(row["expression"], row["ranges"])
    last: int = row["p_max"]
    every = [_by_stage(order, last), *_others(order, last, full)]
    return all(digest(left) == row["sha256"] for left in every)


def digest(positions: Rows) -> str:
    """SHA-256 of the ascending positions, joined by commas."""
    text = ",".join(map(str, positions.tolist()))
    return hashlib.sha256(text.encode()).hexdigest()


def _by_stage(order: Order, last: int) -> Rows:
    from darkreach.stages import sieve

    task = {
        "stage": "sieve",
        "order": order.spec(),
        "first": 0,
        "count": order.size,
        "alive": None,
        "p_min": 2,
        "p_max": last,
    }
    run = sieve.start(task)
    while sieve.step(run) < 1.0:
        pass
    gone = arrays.unpack(sieve.result(run)["indices"])
    left: Rows = np.setdiff1d(_candidates(order), gone)
    return left


def _others(order: Order, last: int, full: bool) -> Iterator[Rows]:
    from darkreach.sieve.generic import Generic
    from darkreach.sieve.of_family import open_family

    alive = _candidates(order)
    if not order.families:  # palindromes have no expression
        return
    sieves: list[Sieving | None] = [Generic(order, alive)]
    if full:
        sieves.append(open_family(order, alive))
    for each in sieves:
        if each is not None:
            gone = each.window(2, last).index
            yield np.setdiff1d(alive, gone)


def _candidates(order: Order) -> Rows:
    every = np.arange(order.size, dtype=np.int64)
    without: Rows = np.setdiff1d(every, [*order.duplicates, *order.not_candidates])
    return without
