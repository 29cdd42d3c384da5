"""Look for a factor of one number by the P-1 method.

It finds a prime p when all prime factors of p-1 are at most B1, but for one up to B2.
With --sieved-to the bounds are those that save most of a test of the number.
"""

from __future__ import annotations

import argparse
from typing import Any

from darkreach import forms
from darkreach.arithmetic import Number, check_size, threads
from darkreach.commands.numbers import whole_number
from darkreach.commands.running import add_threads, finish, show
from darkreach.errors import OrderError

NAME = "pm1"
B1 = 100_000
B2 = 3_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("expression", help="one number, such as 2^1277-1")
    parser.add_argument("--b1", type=whole_number, help=f"default {B1}")
    parser.add_argument("--b2", type=whole_number, help=f"default {B2}, or B1")
    parser.add_argument(
        "--sieved-to",
        type=whole_number,
        metavar="P",
        help="choose the bounds for a number without a factor up to P",
    )
    add_threads(parser)


def run(arguments: argparse.Namespace) -> int:
    threads.allow(arguments.threads)
    number = forms.number(arguments.expression)
    check_size(number)
    b1, b2 = _bounds(arguments, number)
    candidates = [{"index": 0, "members": [arguments.expression]}]
    result = finish({"stage": NAME, "candidates": candidates, "b1": b1, "b2": b2})
    answer = {
        "expression": number.expression,
        "factor": result["results"][0]["factor"],
        "b1": b1,
        "b2": b2,
        "seconds": round(result["seconds"], 6),
        "kernel": result["software"]["kernel"],
    }
    show(answer, arguments.json, _line(answer))
    return 0


def _bounds(arguments: argparse.Namespace, number: Number) -> tuple[int, int]:
    """As told, or the best ones; OrderError where none save anything."""
    depth = arguments.sieved_to
    if depth is None:
        b1 = B1 if arguments.b1 is None else arguments.b1
        if b1 < 2:
            raise OrderError(f"--b1 {b1}: the first bound must be at least 2")
        return b1, max(b1, B2 if arguments.b2 is None else arguments.b2)
    if arguments.b1 is not None or arguments.b2 is not None:
        raise OrderError("--sieved-to chooses both bounds; give it, or --b1 and --b2")
    if depth < 2:
        raise OrderError(f"--sieved-to {depth}: there is no prime up to there")
    # Brings the compiler with it, which the other commands start without.
    from darkreach.factoring import bounds
    from darkreach.factoring.divisors import certain_divisor

    found = bounds.best(number.bits, float(depth), certain_divisor(number))
    if found is None:
        raise OrderError(
            f"no bounds save more of a test of {number.bits} bits than they cost;"
            " --b1 and --b2 look all the same"
        )
    return found.b1, found.b2


def _line(answer: dict[str, Any]) -> str:
    bounds = f"B1 = {answer['b1']}, B2 = {answer['b2']}, {answer['seconds']:.3f} s"
    if answer["factor"] is None:
        return f"{answer['expression']}: no factor found ({bounds})"
    return f"{answer['factor']} | {answer['expression']} ({bounds})"
