"""`darkreach bench sieve`: nanoseconds per prime and multiplication, case by case."""

from __future__ import annotations

import argparse

from darkreach.commands.numbers import positive
from darkreach.commands.running import show
from darkreach.errors import OrderError

NAME = "sieve"


def add_arguments(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--rounds",
        type=positive,
        default=5,
        help="measurements of each case (default: 5)",
    )
    parser.add_argument(
        "--form", help="only the forms with this text in them, such as n! or k*b^n"
    )


def run(arguments: argparse.Namespace) -> int:
    # The kernels bring a compiler along, which no other command should wait for.
    from darkreach.commands.bench.sieve_cases import rows
    from darkreach.sieve.machine import multiplication

    made = rows(arguments.rounds, arguments.form or "")
    if not made:
        raise OrderError(f"no form that is measured has {arguments.form!r} in it")
    lines = [f"multiplication: {multiplication()}"]
    lines.append(f"{'form':<22}{'range':<26}{'p':>8}{'ns/prime':>12}{'ns/mult':>9}")
    for row in made:
        each = row["ns_per_multiplication"]
        lines.append(
            f"{row['form']:<22}{row['range']:<26}{row['p']:>8.0e}"
            f"{row['ns_per_prime']:>12.1f}{each if each else float('nan'):>9.3f}"
        )
    show(made, arguments.json, "\n".join(lines))
    return 0
