"""Checking a certificate: the second implementation.

Nothing here comes from the provers: own reading of the fields, own Jacobi symbol, own
Lucas sequences (lucas.py), own evaluation (evaluation.py). Every field is bounded
before anything is computed from it, so the time is bounded by the size of N: a few
powers modulo N per witness.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, NamedTuple

import gmpy2

from darkreach.certificates.evaluation import evaluate
from darkreach.certificates.theorems import THEOREMS, demand
from darkreach.errors import CertificateError

NAME = "darkreach.certificates.verify"
# The default bound on N: hours of work. Nobody can make the verifier work longer.
MAX_BITS = 1_000_000
# Certificates inside certificates.
MAX_DEPTH = 8

_FRAME: dict[str, type] = {
    "format": str,
    "version": int,
    "kind": str,
    "expression": str,
    "N": str,
    "program": str,
    "program_version": str,
    "digest": str,
}
_FORM: dict[str, type] = {"k": int, "b": int, "n": int, "c": int}
_FIELDS: dict[str, dict[str, type]] = {
    "small": {},
    "proth": _FORM | {"a": int},
    "llr": _FORM | {"v1": int},
    "ll": {},
    "n-1": {"witnesses": list},
    "n+1": {"D": int, "witnesses": list},
    "bls75": {"minus": list, "D": int, "plus": list, "factors": list},
    "ecpp": {"steps": list},
}
# Kinds that may say k, b, n and c too.
_MAY_SAY_FORM = ("n-1", "n+1")
_NAMES = {"minus": {"q", "a"}, "plus": {"q", "P", "Q"}}
_HEX = re.compile(r"[1-9a-f][0-9a-f]*")


class Verdict(NamedTuple):
    """What the check found; `reason` is one line for people."""

    valid: bool
    reason: str


def verify(cert: Any, max_bits: int = MAX_BITS) -> Verdict:
    """Check a certificate. It is refused with a reason, never by an exception, unless
    it is no JSON object at all (CertificateError)."""
    if not isinstance(cert, dict):
        raise CertificateError("a certificate is a JSON object")
    try:
        _, reason = _checked(cert, max_bits, 0)
    except CertificateError as refusal:
        return Verdict(False, str(refusal))
    return Verdict(True, reason)


def _checked(cert: Any, max_bits: int, depth: int) -> tuple[Any, str]:
    """N, and what shows that it is prime. CertificateError unless it does."""
    demand(isinstance(cert, dict), "an inner certificate is no object")
    demand(depth <= MAX_DEPTH, "certificates are nested too deep")
    cert = dict(cert)
    _check_shape(cert)
    number = _read_number(cert, max_bits)

    def inner(other: Any) -> Any:
        # The primes of N-1 and N+1 are shorter than N: the whole work is bounded.
        return _checked(other, number.bit_length() - 1, depth + 1)[0]

    return number, THEOREMS[cert["kind"]](cert, number, inner)


def _check_shape(cert: dict[Any, Any]) -> None:
    """Exactly the fields of its kind, each of its type; the digest fits."""
    kind = cert.get("kind")
    demand(isinstance(kind, str) and kind in _FIELDS, "its kind is unknown")
    types = _FRAME | _FIELDS[str(kind)]
    if kind in _MAY_SAY_FORM and "k" in cert:
        types |= _FORM
    unknown = sorted(str(name) for name in cert.keys() - types.keys())
    demand(not unknown, f"it has the unknown field {unknown[:1]}")
    if type(cert.get("k")) is str and "k" in types:
        types["k"] = str
    for name, kind_of_value in types.items():
        demand(name in cert, f"its field {name!r} is missing")
        demand(type(cert[name]) is kind_of_value, f"its field {name!r} is malformed")
    demand(cert["format"] == "darkreach certificate", "its format is unknown")
    demand(cert["version"] == 1, "its version is unknown")
    _check_witnesses(cert)
    demand(_digest(cert) == cert["digest"], "its digest is wrong: it was changed")


def _check_witnesses(cert: dict[Any, Any]) -> None:
    """Lists of objects of whole numbers, and of steps."""
    usual = "minus" if cert["kind"] == "n-1" else "plus"
    for field, names in (
        ("witnesses", _NAMES[usual]),
        ("minus", _NAMES["minus"]),
        ("plus", _NAMES["plus"]),
    ):
        for witness in cert.get(field, []):
            shape = type(witness) is dict and witness.keys() == names
            demand(shape, "a witness is malformed")
            whole = all(type(value) is int for value in witness.values())
            demand(whole, "a witness is malformed")
    for step in cert.get("steps", []):
        shape = type(step) is list and len(step) == 5
        shape = shape and type(step[4]) is list and len(step[4]) == 2
        demand(shape, "a step is malformed")
        whole = all(type(value) is int for value in [*step[:4], *step[4]])
        demand(whole, "a step is malformed")
        sizes = [abs(value).bit_length() for value in [*step[:4], *step[4]]]
        demand(max(sizes) <= 4 * len(cert["N"]) + 64, "a step has too long a number")


def _digest(cert: dict[str, Any]) -> str:
    rest = {name: value for name, value in cert.items() if name != "digest"}
    try:
        text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError) as trouble:
        raise CertificateError("it holds a number that is too long") from trouble
    return hashlib.sha256(text.encode()).hexdigest()


def _read_number(cert: dict[str, Any], max_bits: int) -> Any:
    """N from its three descriptions, which must agree."""
    digits = cert["N"]
    demand(len(digits) * 4 <= max_bits + 3, f"its N has more than {max_bits} bits")
    demand(_HEX.fullmatch(digits), "its N is not a hexadecimal number")
    number = gmpy2.mpz(digits, 16)
    demand(number >= 2, "its N is less than 2")
    demand(
        evaluate(cert["expression"], max_bits) == number,
        "its expression and its N are different numbers",
    )
    if "k" in cert:
        if type(cert["k"]) is str:
            digits = cert["k"]
            fits = len(digits) * 4 <= max_bits + 3 and _HEX.fullmatch(digits)
            demand(fits, "its k is not a hexadecimal number of its size")
            cert["k"] = gmpy2.mpz(digits, 16)
        _check_form(cert, number, max_bits)
    return number


def _check_form(cert: dict[str, Any], number: Any, max_bits: int) -> None:
    k, b, n, c = (cert[name] for name in "kbnc")
    demand(k >= 1 and b >= 2 and n >= 0 and c in (1, -1), "its k, b, n, c are no form")
    bits = k.bit_length() + (b.bit_length() - 1) * n
    demand(bits <= max_bits + 2, f"its k*b^n has more than {max_bits} bits")
    demand(
        k * gmpy2.mpz(b) ** n + c == number,
        "its k, b, n, c and its N are different numbers",
    )
