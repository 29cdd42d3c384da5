"""Test one number: composite, probable prime or prime, with its residue.

Numbers k*2^n+1 with k < 2^n get the Proth test (residue type 2), which proves them
prime; all others a Fermat test (type 1). Below 2^64 the verdict is exact.
"""

from __future__ import annotations

import argparse
import base64
from typing import Any

from darkreach import forms
from darkreach.arithmetic import threads
from darkreach.checkpoint import write_file
from darkreach.checks import policy
from darkreach.commands.running import add_threads, finish, shorten, show
from darkreach.errors import ProofError
from darkreach.residues import res64_prst

NAME = "test"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("expression", help="one number, such as 3*2^2816+1")
    parser.add_argument(
        "--proof", metavar="FILE", help="write a test proof that `verify` checks"
    )
    parser.add_argument(
        "--levels",
        type=int,
        choices=list(policy.POWERS),
        help="halvings of the proof (the cheapest by default)",
    )
    add_threads(parser)


def run(arguments: argparse.Namespace) -> int:
    threads.allow(arguments.threads)
    number = forms.number(arguments.expression)
    members = [arguments.expression]
    task: dict[str, Any] = {
        "stage": "prp",
        "candidates": [{"index": 0, "members": members}],
    }
    if arguments.proof:
        task["proof"] = arguments.levels or policy.best(number.bits).power
    outcome = finish(task)["results"][0]["members"][0]
    if arguments.proof:
        _write(arguments.proof, outcome)
    names = ("expression", "verdict", "residue_type", "base", "res64")
    answer = {name: outcome[name] for name in names} | {
        "res64_prst": res64_prst(outcome),
        "factor": outcome["factor"],
        "digits": number.digits,
        "seconds": round(outcome["seconds"], 6),
        "kernel": outcome["kernel"],
        "check": outcome["check"],
        "errors": outcome["errors"],
    }
    show(answer, arguments.json, _line(answer))
    return 0


def _write(path: str, outcome: dict[str, Any]) -> None:
    """The test proof of an outcome; ProofError when it has none."""
    if outcome["proof"] is None:
        raise ProofError(f"{outcome['expression']} is too small for a test proof")
    write_file(path, base64.b64decode(outcome["proof"]["file"]))


def _line(answer: dict[str, Any]) -> str:
    verdict = answer["verdict"]
    article = "" if verdict == "composite" or verdict == "prime" else "a "
    parts = [f"{answer['digits']} decimal digits"]
    if answer["res64"] is not None:
        kind = f"type {answer['residue_type']}, base {answer['base']}"
        parts.append(f"RES64 {answer['res64']} ({kind})")
    if answer["factor"] is not None:
        parts.append(f"divisible by {shorten(answer['factor'])}")
    parts.append(f"{answer['seconds']:.3f} s")
    return f"{answer['expression']} is {article}{verdict}: {', '.join(parts)}"
