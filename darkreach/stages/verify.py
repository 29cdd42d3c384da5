"""Stage `verify`: certificates checked by two programs that share nothing with the
prover: darkreach.certificates.verify, and gmpy2 as a second opinion on the number
itself.

It can be interrupted between certificates; a check is a few long calls of GMP, during
which other threads run.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from darkreach import checkpoint, software
from darkreach.arithmetic.gmp import release_gil
from darkreach.certificates import second_opinion, verify
from darkreach.errors import CertificateError, OrderError
from darkreach.forms import number as parse_number

KIND = "verify"


@dataclass
class Check:
    """A run over `task["certificates"]`."""

    items: list[dict[str, Any]]
    fingerprint: str
    results: list[dict[str, Any]] = field(default_factory=list)
    current: str = ""


def start(task: dict[str, Any], saved: bytes | None = None) -> Check:
    run = Check(task["certificates"], checkpoint.fingerprint(task))
    if saved is not None:
        run.results = checkpoint.unpack(saved, KIND, run.fingerprint)["results"]
    return run


def step(run: Check, seconds: float = 1.0) -> float:
    release_gil()
    begin = time.perf_counter()
    while len(run.results) < len(run.items):
        item = run.items[len(run.results)]
        run.current = item["expression"]
        run.results.append(check(item["expression"], item["certificate"]))
        if time.perf_counter() - begin >= seconds:
            break
    return len(run.results) / len(run.items) if run.items else 1.0


def state(run: Check) -> bytes:
    return checkpoint.pack(KIND, run.fingerprint, {"results": run.results})


def result(run: Check) -> dict[str, Any]:
    if len(run.results) < len(run.items):
        raise ValueError("this run is not finished")
    return {
        "results": run.results,
        "seconds": sum(row["seconds"] for row in run.results),
        "software": software.description(verify.NAME),
    }


def check(expression: str, certificate: Any) -> dict[str, Any]:
    """Whether the certificate proves that the number of this expression is prime."""
    begin = time.perf_counter()
    valid, reason, verified_by = _check(expression, certificate)
    return {
        "valid": valid,
        "reason": reason,
        "verified_by": verified_by,
        "seconds": time.perf_counter() - begin,
    }


def _check(expression: str, certificate: Any) -> tuple[bool, str, list[str]]:
    try:
        number = parse_number(expression).value()
        first = verify.verify(certificate, max_bits=number.bit_length())
    except (OrderError, CertificateError) as refusal:
        return False, str(refusal), []
    if not first.valid:
        return False, first.reason, []
    if int(certificate["N"], 16) != number:
        return False, "it is the certificate of another number", []
    bases = second_opinion.bases(number, certificate)
    verified_by = [f"{verify.NAME} {software.__version__}"]
    if not second_opinion.agrees(number, bases):
        return False, "gmpy2 finds the number composite", verified_by
    return True, first.reason, [*verified_by, second_opinion.name(bases)]
