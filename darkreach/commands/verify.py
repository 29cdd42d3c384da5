"""Check a certificate with two programs that share nothing with the prover.

Exit status 1 when it is refused.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from darkreach.commands.running import finish, show
from darkreach.errors import CertificateError

NAME = "verify"
# A certificate of a number of 10^8 bits is smaller.
MAX_BYTES = 64 * 2**20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="a certificate as `darkreach prove` writes it")


def run(arguments: argparse.Namespace) -> int:
    certificate = read(Path(arguments.file))
    expression = str(certificate.get("expression", ""))
    item = {"expression": expression, "certificate": certificate}
    row = finish({"stage": NAME, "certificates": [item]})["results"][0]
    answer = {
        "expression": expression,
        "kind": certificate.get("kind"),
        "valid": row["valid"],
        "reason": row["reason"],
        "verified_by": row["verified_by"],
        "seconds": round(row["seconds"], 6),
    }
    show(answer, arguments.json, _text(answer))
    return 0 if row["valid"] else 1


def read(path: Path) -> dict[str, Any]:
    """The certificate in a file; CertificateError when the file holds none."""
    if path.stat().st_size > MAX_BYTES:
        raise CertificateError(f"{path}: too large for a certificate")
    try:
        certificate = json.loads(path.read_bytes(), object_pairs_hook=_once)
    except (ValueError, RecursionError) as trouble:
        raise CertificateError(f"{path}: not a JSON file ({trouble})") from trouble
    if not isinstance(certificate, dict):
        raise CertificateError(f"{path}: a certificate is a JSON object")
    return certificate


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, refusing a name that occurs twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field occurs twice")
    return found


def _text(answer: dict[str, Any]) -> str:
    if not answer["valid"]:
        return f"refused: {answer['reason']}"
    checkers = "\n".join(f"  {checker}" for checker in answer["verified_by"])
    return (
        f"{answer['expression']} is prime: {answer['reason']}; verified by\n{checkers}"
    )
