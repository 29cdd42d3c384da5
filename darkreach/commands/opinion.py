"""Ask other programs about a number: PARI/GP, PFGW, PRST, LLR, mprime, whichever are
installed (on the PATH, or named by DARKREACH_PARI, DARKREACH_PFGW, ...).

Exit status 1 when one of them calls the number composite, or none has an opinion.
"""

from __future__ import annotations

import argparse
import shlex
from typing import Any

from darkreach import forms, opinions
from darkreach.arithmetic import check_size
from darkreach.commands.numbers import positive
from darkreach.commands.running import show
from darkreach.opinions.running import DEFAULT_SECONDS

NAME = "opinion"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("expression", help="one number, such as 3*2^2816+1")
    parser.add_argument(
        "--program",
        action="append",
        choices=list(opinions.PROGRAMS),
        help="ask this one only; may be repeated",
    )
    parser.add_argument(
        "--base", type=positive, help="of the tests (5 or the next prime)"
    )
    parser.add_argument(
        "--seconds", type=float, default=DEFAULT_SECONDS, help="longest time for each"
    )


def run(arguments: argparse.Namespace) -> int:
    number = forms.number(arguments.expression)
    check_size(number)
    found = opinions.opinions(
        number, arguments.program, arguments.base, arguments.seconds
    )
    answer = {
        "expression": number.expression,
        "opinions": [each.described() for each in found],
    }
    show(answer, arguments.json, _text(answer))
    verdicts = {each.verdict for each in found} - {"none"}
    return 0 if verdicts and "composite" not in verdicts else 1


def _text(answer: dict[str, Any]) -> str:
    if not answer["opinions"]:
        return "none of the programs is installed: " + ", ".join(opinions.PROGRAMS)
    return "\n".join(_line(each) for each in answer["opinions"])


def _line(opinion: dict[str, Any]) -> str:
    said = opinion["reason"] or opinion["verdict"]
    residue = f", RES64 {opinion['res64']}" if opinion["res64"] else ""
    base = f" (base {opinion['base']})" if opinion["base"] else ""
    return (
        f"{opinion['program']} {opinion['version']}: {said}{residue}{base},"
        f" {opinion['seconds']:.3f} s\n  {shlex.join(opinion['command'])}"
    )
