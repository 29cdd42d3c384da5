"""Remove the numbers of an order that have a small prime factor.

Every variable of the expression gets a range by its letter (--n 1:1000); --p is the
range of the primes to sieve with. Ranges are A:B, A:B:STEP or A,B,C, ends included.
"""

from __future__ import annotations

import argparse
import string
from typing import Any

from darkreach import arrays
from darkreach.commands.running import finish, show
from darkreach.errors import OrderError
from darkreach.order import Order

NAME = "sieve"
VARIABLES = [letter for letter in string.ascii_lowercase if letter != "p"]
_SHOWN = ("k", "n")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("expression", help="such as 3*2^n+1")
    for letter in VARIABLES:
        text = f"range of {letter} (any other variable likewise)"
        parser.add_argument(
            f"--{letter}",
            metavar="RANGE",
            help=text if letter in _SHOWN else argparse.SUPPRESS,
        )
    parser.add_argument(
        "--p", metavar="A:B", required=True, help="primes to sieve with"
    )


def run(arguments: argparse.Namespace) -> int:
    given = {letter: getattr(arguments, letter) for letter in VARIABLES}
    ranges = {letter: text for letter, text in given.items() if text is not None}
    order = Order.parse(arguments.expression, ranges)
    p_min, p_max = _prime_range(arguments.p)
    task = {"stage": NAME, "order": order.spec(), "first": 0, "count": order.size}
    result = finish(task | {"alive": None, "p_min": p_min, "p_max": p_max})
    answer = _answer(order, result)
    show(answer, arguments.json, _lines(answer))
    return 0


def _prime_range(text: str) -> tuple[int, int]:
    first, colon, last = text.partition(":")
    if not (colon and first.isdecimal() and last.isdecimal()):
        raise OrderError(f"--p {text}: the primes to sieve with are a range A:B")
    if int(last) < max(2, int(first)):
        raise OrderError(f"--p {text}: there is no prime in this range")
    return max(2, int(first)), int(last)


def _answer(order: Order, result: dict[str, Any]) -> dict[str, Any]:
    gone = {int(index) for index in order.duplicates}
    gone |= {int(index) for index in order.not_candidates}
    candidates = order.size - len(gone)
    factors = []
    removed = (
        arrays.unpack(result[name]) for name in ("indices", "factors", "members")
    )
    for index, factor, member in zip(*removed, strict=True):
        gone.add(int(index))
        number = order.members(int(index))[int(member)]
        factors.append([int(factor), number.expression])
    return {
        "candidates": candidates,
        "factors": factors,
        "survivors": [
            _value(order.assignment(index))
            for index in range(order.size)
            if index not in gone
        ],
        "seconds": round(result["seconds"], 6),
    }


def _value(assignment: dict[str, int]) -> int | dict[str, int]:
    """The value of the only variable; of several, all with their names."""
    return next(iter(assignment.values())) if len(assignment) == 1 else assignment


def _lines(answer: dict[str, Any]) -> str:
    """A factor a line in the format of other sieves, then the survivors."""
    lines = [f"{factor} | {expression}" for factor, expression in answer["factors"]]
    counts = f"{answer['candidates']} candidates, {len(answer['factors'])} removed"
    survivors = " ".join(_plain(value) for value in answer["survivors"])
    return "\n".join([*lines, f"{counts} in {answer['seconds']:.3f} s", survivors])


def _plain(value: int | dict[str, int]) -> str:
    if isinstance(value, int):
        return str(value)
    return ",".join(f"{name}={number}" for name, number in value.items())
