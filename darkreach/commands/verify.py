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

from darkreach.certificates.evaluation import MAX_LENGTH, evaluate
from darkreach.certificates.verify import MAX_BITS
from darkreach.checks import proof_file
from darkreach.checks.verify import verify as check_proof
from darkreach.commands.numbers import positive
from darkreach.commands.running import finish, show
from darkreach.errors import CertificateError, ProofError

NAME = "verify"
#: Of a certificate: what no number of the verifier's size needs. Objects in memory take
#: some twelve times as much.
MAX_BYTES = 16 * 2**20
#: Of a test proof, which is read piece by piece.
_MAX_PROOF_BYTES = 2**30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", help="a certificate of `darkreach prove` or a test proof of `test`"
    )
    parser.add_argument(
        "--max-bits",
        type=positive,
        default=MAX_BITS,
        metavar="BITS",
        help="refuse certificates of longer numbers, which take days"
        f" (default {MAX_BITS})",
    )


def run(arguments: argparse.Namespace) -> int:
    path = Path(arguments.file)
    if _is_test_proof(path):
        return _verify_test_proof(path, arguments)
    certificate = read(path, MAX_BYTES + arguments.max_bits)
    expression = str(certificate.get("expression", ""))[:MAX_LENGTH]
    row = _check(expression, certificate, arguments.max_bits)
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


def _check(
    expression: str, certificate: dict[str, Any], max_bits: int
) -> dict[str, Any]:
    """The answer of the stage `verify`, which works on a number of any length; so the
    number and all that is computed on the way to it is bounded before."""
    try:
        evaluate(certificate.get("expression"), max_bits)
    except CertificateError as refusal:
        reason = str(refusal)
        return {"valid": False, "reason": reason, "verified_by": [], "seconds": 0.0}
    item = {"expression": expression, "certificate": certificate}
    row: dict[str, Any] = finish({"stage": NAME, "certificates": [item]})["results"][0]
    return row


def _is_test_proof(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(32).startswith(proof_file.BEGINNINGS)


def _verify_test_proof(path: Path, arguments: argparse.Namespace) -> int:
    """Whether the residue in a test proof is that of the test."""
    if path.stat().st_size > _MAX_PROOF_BYTES:
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


def read(path: Path, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """The certificate in a file; CertificateError when the file holds none."""
    if path.stat().st_size > max_bytes:
        raise CertificateError(f"{path}: too large for a certificate")
    try:
        return parse(path.read_bytes())
    except CertificateError as trouble:
        raise CertificateError(f"{path}: {trouble}") from trouble


def parse(data: bytes) -> dict[str, Any]:
    """The certificate in the bytes of a file; CertificateError when they hold none."""
    try:
        certificate = json.loads(data, object_pairs_hook=_once)
    except RecursionError as trouble:
        raise CertificateError("not a JSON file (it is nested too deep)") from trouble
    except UnicodeDecodeError as trouble:
        raise CertificateError("not a JSON file (it is no text)") from trouble
    except json.JSONDecodeError as trouble:
        raise CertificateError(f"not a JSON file ({trouble})") from trouble
    except ValueError as trouble:
        # Python's own bound on the digits of a number, or a field that occurs twice.
        reason = str(trouble).partition(";")[0]
        raise CertificateError(f"no certificate ({reason})") from trouble
    if not isinstance(certificate, dict):
        raise CertificateError("a certificate is a JSON object")
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
