"""Measure this machine: squarings against gmpy2.powmod, or the sieves.

Two programs that are compared run in turns, so that a busy machine disturbs both alike.
Without --only the numbers of the table in benchmarks/README.md are measured, up to
--bits.
"""

from __future__ import annotations

import argparse
from typing import Any

from darkreach.commands.bench import sieving, squaring

NAME = "bench"
#: What can be measured; the first unless another is named.
SUBJECTS: tuple[Any, ...] = (squaring, sieving)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    names = [subject.NAME for subject in SUBJECTS]
    parser.add_argument(
        "subject",
        nargs="?",
        choices=names,
        default=names[0],
        help=f"what to measure (default: {names[0]})",
    )
    for subject in SUBJECTS:
        subject.add_arguments(parser.add_argument_group(subject.NAME))


def run(arguments: argparse.Namespace) -> int:
    subject = next(each for each in SUBJECTS if arguments.subject == each.NAME)
    status: int = subject.run(arguments)
    return status
