"""Prove one number prime and write its certificate.

Exit status 1 when it is composite or cannot be proven.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from darkreach import checkpoint, forms
from darkreach.arithmetic import threads
from darkreach.commands.running import add_threads, finish, show
from darkreach.errors import OrderError

NAME = "prove"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("expression", help="one number, such as 3*2^2816+1")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="where the certificate goes; without it, to standard output",
    )
    add_threads(parser)


def run(arguments: argparse.Namespace) -> int:
    threads.allow(arguments.threads)
    number = forms.number(arguments.expression)
    path = writable(arguments.output)
    candidates = [{"index": 0, "members": [arguments.expression]}]
    result = finish({"stage": NAME, "candidates": candidates})
    outcome = result["results"][0]["members"][0]
    certificate = outcome["certificate"]
    if path is not None and certificate is not None:
        text = json.dumps(certificate, indent=1) + "\n"
        checkpoint.write_file(path, text.encode())
    answer = {
        "expression": outcome["expression"],
        "verdict": outcome["verdict"],
        "kind": certificate["kind"] if certificate else None,
        "reason": outcome["reason"],
        "residue_type": outcome["residue_type"],
        "base": outcome["base"],
        "res64": outcome["res64"],
        "factor": outcome["factor"],
        "digits": number.digits,
        "seconds": round(outcome["seconds"], 6),
        "kernel": outcome["kernel"],
        "file": arguments.output if certificate else None,
    }
    if path is None:
        answer["certificate"] = certificate
    show(answer, arguments.json, _text(answer))
    return 0 if certificate else 1


def writable(name: str | None) -> Path | None:
    """The path of the output; checked before the work, not after it."""
    if name is None:
        return None
    path = Path(name)
    if path.is_dir() or not path.parent.is_dir():
        raise OrderError(f"{name}: no file can be written there")
    return path


def _text(answer: dict[str, Any]) -> str:
    if answer.get("certificate"):
        return json.dumps(answer["certificate"], indent=1)
    seconds = f"{answer['seconds']:.3f} s"
    size = f"{answer['expression']} ({answer['digits']} decimal digits)"
    if answer["verdict"] == "prime":
        return f"{size} is prime: {answer['kind']} certificate, {seconds}"
    if answer["verdict"] == "composite":
        return f"{size} is composite: {answer['reason']}, {seconds}"
    return f"{size} is not proven: {answer['reason']}, {seconds}"
