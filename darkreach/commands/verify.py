"""Check a certificate with two programs that share nothing with the prover, or a test
proof.

Exit status 1 when it is refused.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from darkreach.checks import proof_file
from darkreach.checks.verify import verify as check_proof
from darkreach.commands.running import finish, show
from darkreach.errors import CertificateError, ProofError

NAME = "verify"
# A certificate of a number of 10^8 bits is smaller.
MAX_BYTES = 64 * 2**20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", help="a certificate of `darkreach prove` or a test proof of `test`"
    )


def run(arguments: argparse.Namespace) -> int:
    path = Path(arguments.file)
    if _is_test_proof(path):
        return _verify_test_proof(path, arguments)
    certificate = read(path)
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


def _is_test_proof(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(32).startswith(proof_file.BEGINNINGS)


def _verify_test_proof(path: Path, arguments: argparse.Namespace) -> int:
    """Whether the residue in a test proof is that of the test."""
    if path.stat().st_size > 16 * MAX_BYTES:
        raise ProofError(f"{path}: too large for a test proof")
    data = path.read_bytes()
    begin = time.perf_counter()
    verdict = check_proof(data)
    answer = (
        {
            "expression": proof_file.read(data).terms.number.expression,
            "valid": verdict.valid,
            "accepted": verdict.accepted,
            "reason": verdict.reason,
            "verdict": verdict.verdict,
            "residue_type": verdict.residue_type,
            "base": verdict.base,
            "res64": verdict.res64,
            "seconds": round(time.perf_counter() - begin, 6),
        }
        if verdict.valid
        else {"valid": False, "reason": verdict.reason}
    )
    show(answer, arguments.json, _proof_text(answer))
    return 0 if verdict.accepted else 1


def _proof_text(answer: dict[str, Any]) -> str:
    if not answer["valid"]:
        return f"refused: {answer['reason']}"
    if not answer["accepted"]:
        return f"to be tested again: {answer['reason']}"
    kind = f"type {answer['residue_type']}, base {answer['base']}"
    article = "a " if answer["verdict"] == "probable prime" else ""
    return (
        f"{answer['expression']} is {article}{answer['verdict']}:"
        f" RES64 {answer['res64']}"
        f" ({kind}); {answer['reason']}, {answer['seconds']:.3f} s"
    )


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
