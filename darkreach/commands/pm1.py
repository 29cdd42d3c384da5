"""Look for a factor of one number by the P-1 method.

It finds a prime p when all prime factors of p-1 are at most B1, but for one up to B2.
"""

from __future__ import annotations

import argparse
from typing import Any

from darkreach import forms
from darkreach.commands.running import finish, show
from darkreach.errors import OrderError

NAME = "pm1"
B1 = 100_000
B2 = 3_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("expression", help="one number, such as 2^1277-1")
    parser.add_argument("--b1", type=int, default=B1, help=f"default {B1}")
    parser.add_argument("--b2", type=int, default=B2, help=f"default {B2}, or B1")


def run(arguments: argparse.Namespace) -> int:
    b1, b2 = arguments.b1, max(arguments.b1, arguments.b2)
    if b1 < 2:
        raise OrderError(f"--b1 {b1}: the first bound must be at least 2")
    number = forms.number(arguments.expression)
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


def _line(answer: dict[str, Any]) -> str:
    bounds = f"B1 = {answer['b1']}, B2 = {answer['b2']}, {answer['seconds']:.3f} s"
    if answer["factor"] is None:
        return f"{answer['expression']}: no factor found ({bounds})"
    return f"{answer['factor']} | {answer['expression']} ({bounds})"
