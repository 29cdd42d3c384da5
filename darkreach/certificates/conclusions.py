"""What a maker of certificates can conclude, and the frame of a certificate."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import gmpy2

from darkreach import software
from darkreach.arithmetic import Number
from darkreach.forms.kbn import Kbn

#: Kinds that are about k*b^n+c and say so; `n-1` and `n+1` are about any number.
_OF_FORM = ("proth", "llr")

FORMAT = "darkreach certificate"
VERSION = 1


@dataclass(frozen=True)
class Proven:
    """N is prime, and this certificate shows it."""

    certificate: dict[str, Any]


@dataclass(frozen=True)
class Composite:
    """The proof failed in a way in which it fails for no prime."""

    reason: str
    factor: int | None = None


@dataclass(frozen=True)
class Unproven:
    """Nothing is shown; `reason` says what is missing."""

    reason: str


def written(value: int) -> int | str:
    """A number of any length for JSON, in which long ones are hexadecimal texts."""
    return value if abs(value) < 2**64 else gmpy2.mpz(value).digits(16)


def certificate(kind: str, number: Number, fields: dict[str, Any]) -> dict[str, Any]:
    """The frame around the fields of one kind. The digest protects against accidents
    (a changed digit), not against forgers: the verifier checks the mathematics."""
    body: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "kind": kind,
        "expression": number.expression,
        "N": number.value().digits(16),
        **fields,
        "program": software.PROGRAM,
        "program_version": software.__version__,
    }
    if kind in _OF_FORM:
        assert isinstance(number, Kbn)
        body |= {"k": written(number.k), "b": number.b, "n": number.n, "c": number.c}
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return body | {"digest": hashlib.sha256(canonical.encode()).hexdigest()}
