"""Test one number: composite, probable prime or prime, with its residue.

Numbers k*2^n+1 with k < 2^n get the Proth test (residue type 2), which proves them
prime; all others a Fermat test (type 1). Below 2^64 the verdict is exact.
"""

from __future__ import annotations

import argparse
from typing import Any

from darkreach import forms
from darkreach.commands.running import finish, shorten, show
from darkreach.residues import res64_prst

NAME = "test"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("expression", help="one number, such as 3*2^2816+1")


def run(arguments: argparse.Namespace) -> int:
    number = forms.number(arguments.expression)
    members = [arguments.expression]
    task = {"stage": NAME, "candidates": [{"index": 0, "members": members}]}
    outcome = finish(task | {"stage": "prp"})["results"][0]["members"][0]
    names = ("expression", "verdict", "residue_type", "base", "res64")
    answer = {name: outcome[name] for name in names} | {
        "res64_prst": res64_prst(outcome),
        "factor": outcome["factor"],
        "digits": number.digits,
        "seconds": round(outcome["seconds"], 6),
        "kernel": outcome["kernel"],
    }
    show(answer, arguments.json, _line(answer))
    return 0


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
