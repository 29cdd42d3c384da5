"""Remove the numbers of an order that have a small prime factor.

Every variable of the expression gets a range by its letter (--n 1:1000). --primes is
the range of the primes to sieve with; without it --p is, unless p is a variable. Ranges
are A:B, A:B:STEP or A,B,C, ends included; 1e6 is 1000000.

-i goes on with a sieve file of another program (ABC, ABCD or NewPGen) instead; -o
writes what is left as such a file, --factors the factors as lines `p | expression`.
"""

from __future__ import annotations

import argparse
import re
import string
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkreach import arrays
from darkreach.commands.running import finish, show
from darkreach.errors import OrderError
from darkreach.expression.numerals import whole
from darkreach.files import factors, sieve_files
from darkreach.files.sieve_files import WRITERS
from darkreach.order import Order

NAME = "sieve"
VARIABLES = string.ascii_lowercase
_SHOWN = ("k", "n")
_P_IS_VARIABLE = re.compile("(?<![a-z])p(?![a-z])")
_P_HELP = "primes to sieve with; with --primes, range of the variable p"

Rows = NDArray[np.int64]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("expression", nargs="?", help="such as 3*2^n+1")
    for letter in VARIABLES:
        text = f"range of {letter} (any other variable likewise)"
        parser.add_argument(
            f"--{letter}",
            metavar="RANGE",
            help=_P_HELP
            if letter == "p"
            else text
            if letter in _SHOWN
            else argparse.SUPPRESS,
        )
    parser.add_argument(
        "--primes",
        metavar="A:B",
        help="primes to sieve with; needed if p is a variable",
    )
    parser.add_argument(
        "-i", "--input", metavar="FILE", help="the numbers that this sieve file lists"
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write what is left to this file"
    )
    parser.add_argument(
        "--format", choices=[*WRITERS], help="of the output (default: by its ending)"
    )
    parser.add_argument(
        "--factors", metavar="FILE", help="write the factors to this file"
    )


def run(arguments: argparse.Namespace) -> int:
    p_min, p_max = _sieve_primes(arguments)
    write = _writer(arguments)
    order, listed, claimed = _numbers(arguments)
    task = {"stage": NAME, "order": order.spec(), "first": 0, "count": order.size}
    alive = None if listed is None else arrays.pack(listed)
    result = finish(task | {"alive": alive, "p_min": p_min, "p_max": p_max})
    if listed is None:
        listed = np.arange(order.size, dtype=np.int64)
        listed = np.setdiff1d(listed, order.duplicates)
        listed = np.setdiff1d(listed, order.not_candidates)
    answer = _answer(order, listed, result)
    if write is not None:
        left = np.setdiff1d(listed, arrays.unpack(result["indices"]))
        with Path(arguments.output).open("w", encoding="ascii") as out:
            write(out, order, left.tolist(), _depth(claimed, p_min, p_max))
    if arguments.factors:
        lines = [factors.show(*pair) + "\n" for pair in answer["factors"]]
        Path(arguments.factors).write_text("".join(lines), encoding="ascii")
    written = write is not None or arguments.factors
    show(answer, arguments.json, _count(answer) if written else _lines(answer))
    return 0


def _depth(claimed: int, p_min: int, p_max: int) -> int:
    """Up to which prime nothing was left out."""
    return p_max if p_min <= max(claimed + 1, 2) else claimed


def _numbers(arguments: argparse.Namespace) -> tuple[Order, Rows | None, int]:
    """The order, the positions of it that are sieved (None for all), and how deep they
    were sieved before."""
    given = {letter: getattr(arguments, letter) for letter in VARIABLES}
    ranges = {letter: text for letter, text in given.items() if text is not None}
    if arguments.input is None:
        if arguments.expression is None:
            raise OrderError("want an expression, or a sieve file by -i")
        return Order.parse(arguments.expression, ranges), None, 0
    if arguments.expression is not None or ranges:
        raise OrderError("a sieve file by -i brings its own expression and ranges")
    with Path(arguments.input).open(encoding="utf-8", errors="replace") as stream:
        found = sieve_files.read(stream)
    if len(found) > 1:
        raise OrderError(
            f"{arguments.input} lists numbers of {len(found)} expressions; "
            "split it, one expression a file"
        )
    return found[0].order, found[0].positions, found[0].sieved_to


def _writer(arguments: argparse.Namespace) -> sieve_files.Writer | None:
    if arguments.output is None:
        if arguments.format:
            raise OrderError("--format says how -o is written, and -o is missing")
        return None
    ending = Path(arguments.output).suffix.removeprefix(".")
    return sieve_files.writer(arguments.format or ending)


def _sieve_primes(arguments: argparse.Namespace) -> tuple[int, int]:
    """The range of the primes to sieve with; --p is left to the variable p, or cleared
    if it was this range."""
    if arguments.primes is not None:
        return _prime_range("--primes", arguments.primes)
    text, arguments.p = arguments.p, None
    if text is None:
        raise OrderError("the primes to sieve with are missing: --primes A:B")
    if _P_IS_VARIABLE.search(arguments.expression or ""):
        raise OrderError(
            "p is a variable here: --p is its range, and --primes A:B are the primes "
            "to sieve with"
        )
    return _prime_range("--p", text)


def _prime_range(option: str, text: str) -> tuple[int, int]:
    try:
        first, last = map(whole, text.split(":"))
    except (OrderError, ValueError):
        raise OrderError(
            f"{option} {text}: the primes to sieve with are a range A:B"
        ) from None
    if last < max(2, first):
        raise OrderError(f"{option} {text}: there is no prime in this range")
    return max(2, first), last


def _answer(order: Order, listed: Rows, result: dict[str, Any]) -> dict[str, Any]:
    gone = set()
    found = []
    removed = (
        arrays.unpack(result[name]) for name in ("indices", "factors", "members")
    )
    for index, factor, member in zip(*removed, strict=True):
        gone.add(int(index))
        number = order.members(int(index))[int(member)]
        found.append([int(factor), number.expression])
    return {
        "candidates": int(listed.size),
        "factors": found,
        "survivors": [
            _value(order.assignment(index))
            for index in listed.tolist()
            if index not in gone
        ],
        "seconds": round(result["seconds"], 6),
    }


def _value(assignment: dict[str, int]) -> int | dict[str, int]:
    """The value of the only variable; of several, all with their names."""
    return next(iter(assignment.values())) if len(assignment) == 1 else assignment


def _lines(answer: dict[str, Any]) -> str:
    """A factor a line in the format of other sieves, then the survivors."""
    lines = [factors.show(*pair) for pair in answer["factors"]]
    survivors = " ".join(_plain(value) for value in answer["survivors"])
    return "\n".join([*lines, _count(answer), survivors])


def _count(answer: dict[str, Any]) -> str:
    counts = f"{answer['candidates']} candidates, {len(answer['factors'])} removed"
    return f"{counts} in {answer['seconds']:.3f} s"


def _plain(value: int | dict[str, int]) -> str:
    if isinstance(value, int):
        return str(value)
    return ",".join(f"{name}={number}" for name, number in value.items())
