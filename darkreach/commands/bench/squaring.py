"""`darkreach bench squaring`: one row for every number.

A row has the microseconds of one squaring of our modulus in a long chain, those of
gmpy2.powmod for one bit of a random exponent of 256 bits, and their ratio: how many
times as fast a test of this number is.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path
from typing import Any

import gmpy2

from darkreach import forms
from darkreach.arithmetic import Number, check_size, modulus, threads
from darkreach.arithmetic.gmp import release_gil
from darkreach.commands.bench import plot
from darkreach.commands.bench.turns import compare, count_for
from darkreach.commands.running import add_threads, shorten

NAME = "squaring"
#: The table of benchmarks/README.md: form by form, with growing size.
TABLE = (
    *(f"27*2^{n}+1" for n in (2003, 5003, 10007, 30011, 100003, 300007, 1000003)),
    "27*2^9999991+1",
    *("2^30011-1", "27*2^280007-1", "2^1150003-1", "2^9699991-1"),
    *("500000^512+1", "500000^8192+1", "500000^131072+1"),
    *("2*3^6310+1", "2*3^63100+1", "12345678901234567*2^100003+1"),
    *("1150!+1", "2980!+1", "8600!+1", "23000!+1", "68410!+1"),
)
LARGEST_OF_TABLE = 1_200_000
EXPONENT_BITS = 256
#: Seconds of one block of squarings.
BLOCK = 0.1
COLUMNS = (
    ("bits", "bits", "{:,}"),
    ("us/squaring", "us_per_squaring", "{:.2f}"),
    ("powmod us/bit", "gmpy2_us_per_bit", "{:.2f}"),
    ("ratio", "ratio", "{:.1f}"),
    ("roundoff", "max_roundoff", "{:.3f}"),
)


def add_arguments(parser: Any) -> None:
    parser.add_argument(
        "--only",
        metavar="EXPR",
        action="append",
        help="measure this number instead of the table (may be repeated)",
    )
    parser.add_argument(
        "--bits",
        metavar="MOST",
        type=int,
        default=LARGEST_OF_TABLE,
        help=f"leave out what is larger in the table (default: {LARGEST_OF_TABLE})",
    )
    parser.add_argument(
        "--plot", metavar="FILE", help="draw time against bits into a PNG file"
    )
    add_threads(parser, 1)


def run(arguments: argparse.Namespace) -> int:
    threads.allow(arguments.threads)
    numbers = [forms.number(text) for text in arguments.only or TABLE]
    if not arguments.only:
        numbers = [each for each in numbers if each.bits <= arguments.bits]
    for number in numbers:
        check_size(number)
    rows = []
    if not arguments.json:
        _say(_line("number", *(title for title, _, _ in COLUMNS), "kernel"))
    for number in numbers:
        rows.append(measure(number))
        if not arguments.json:
            _say(_text(rows[-1]))
    if arguments.json:
        _say(json.dumps(rows))
    if arguments.plot:
        Path(arguments.plot).write_bytes(picture(rows))
    return 0


def measure(number: Number) -> dict[str, Any]:
    """One row."""
    release_gil()
    arithmetic = modulus(number)
    value = number.value()
    dice = random.Random(1)
    start = gmpy2.mpz(dice.randrange(int(value))) if value > 1 else gmpy2.mpz(0)
    exponent = gmpy2.mpz(dice.getrandbits(EXPONENT_BITS) | 1 << EXPONENT_BITS - 1)
    x = arithmetic.square_many(arithmetic.load(start), 1)
    count = count_for(lambda steps: arithmetic.square_many(x, steps), BLOCK)
    found = compare(
        lambda: arithmetic.square_many(x, count),
        lambda: gmpy2.powmod(start, exponent, value),
    )
    engine: Any = getattr(arithmetic, "engine", None)
    roundoff: float | None = getattr(arithmetic, "max_roundoff", None)
    return {
        "expression": number.expression,
        "bits": number.bits,
        "kernel": arithmetic.kernel,
        "length": engine.length if engine else None,
        "width": engine.width if engine else None,
        "us_per_squaring": round(1e6 * found.ours / count, 4),
        "gmpy2_us_per_bit": round(1e6 * found.theirs / EXPONENT_BITS, 4),
        "ratio": round(found.ratio * count / EXPONENT_BITS, 3),
        "max_roundoff": None if roundoff is None else round(roundoff, 5),
    }


def picture(rows: list[dict[str, Any]]) -> bytes:
    """Time per squaring against bits, as PNG: a line for each kind of kernel."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in sorted(rows, key=lambda row: int(row["bits"])):
        bits = float(row["bits"])
        lines.setdefault(_kind(row), []).append((bits, row["us_per_squaring"]))
        lines.setdefault("gmpy2 powmod", []).append((bits, row["gmpy2_us_per_bit"]))
    return plot.draw(lines, "bits", "us per squaring")


def _kind(row: dict[str, Any]) -> str:
    """The kernel without its size."""
    kernel: str = row["kernel"]
    for kind in ("montgomery", "negacyclic", "cyclic"):
        if kind in kernel.lower():
            return kind
    return "gmpy2 chain"


def _text(row: dict[str, Any]) -> str:
    cells = (
        "-" if row[name] is None else form.format(row[name])
        for _, name, form in COLUMNS
    )
    return _line(shorten(row["expression"], 28), *cells, row["kernel"])


def _line(first: str, *cells: str) -> str:
    *figures, last = cells
    middle = "".join(f"{cell:>15}" for cell in figures)
    return f"{first:28}{middle}  {last}"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
