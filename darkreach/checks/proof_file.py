"""Test proofs as files: an ASCII header, then y and the middles, little-endian, each as
long as N in bytes.

Two headers. That of GIMPS, version 2, for Mersenne numbers, where y = 3^(2^p):

    PRP PROOF / VERSION=2 / HASHSIZE=64 / POWER=7 / NUMBER=M216091

and ours for every other number (docs/formats.md):

    DARKREACH TEST PROOF / VERSION=1 / HASHSIZE=64 / POWER=7 / BASE=3 /
    EXPONENT=N-1 / NUMBER=3*2^100003+1

EXPONENT is N-1, (N-1)/2 or N+1. Our challenges begin with the hash of header and y, so
that a proof is of one number, base and exponent; those of GIMPS with that of y.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Any

import gmpy2

from darkreach import forms
from darkreach.arithmetic import Number
from darkreach.checks.pietrzak import Challenges, Even, Gimps, Layout
from darkreach.errors import DarkreachError, ProofError
from darkreach.forms.kbn import Kbn

GIMPS, OURS = "gimps-2", "darkreach-1"
#: Longest header, highest power, highest base.
_MOST_HEADER, MOST_POWER, _MOST_BASE = 100_000, 12, 10_000
_HEADERS = {
    GIMPS: re.compile(
        rb"PRP PROOF\nVERSION=2\nHASHSIZE=64\nPOWER=(\d{1,2})\n"
        rb"(?:BASE=(\d{1,5})\n)?()NUMBER=(M\d{1,10})\n"
    ),
    OURS: re.compile(
        rb"DARKREACH TEST PROOF\nVERSION=1\nHASHSIZE=64\nPOWER=(\d{1,2})\n"
        rb"BASE=(\d{1,5})\nEXPONENT=(N-1|\(N-1\)/2|N\+1)\nNUMBER=([ -~]{1,90000})\n"
    ),
}


#: How files of test proofs begin.
BEGINNINGS = (b"PRP PROOF\n", b"DARKREACH TEST PROOF\n")


@dataclass(frozen=True)
class Terms:
    """What is proven: base^exponent modulo a number, in 2^power spans."""

    number: Number
    base: int
    exponent: str
    power: int

    @property
    def format(self) -> str:
        form = self.number
        mersenne = isinstance(form, Kbn) and (form.k, form.b, form.c) == (1, 2, -1)
        gimps = mersenne and (self.base, self.exponent) == (3, "N+1")
        return GIMPS if gimps else OURS

    @property
    def header(self) -> bytes:
        if self.format == GIMPS:
            lines = ["PRP PROOF", "VERSION=2", "HASHSIZE=64", f"POWER={self.power}"]
            lines.append(f"NUMBER=M{self.number.bits}")
        else:
            lines = ["DARKREACH TEST PROOF", "VERSION=1", "HASHSIZE=64"]
            lines += [f"POWER={self.power}", f"BASE={self.base}"]
            lines += [f"EXPONENT={self.exponent}", f"NUMBER={self.number.expression}"]
        return ("\n".join(lines) + "\n").encode("ascii")

    @property
    def residue_bytes(self) -> int:
        return -(-self.number.bits // 8)

    def exponent_value(self) -> Any:
        value = self.number.value()
        above = {"N-1": value - 1, "(N-1)/2": (value - 1) // 2, "N+1": value + 1}
        return above[self.exponent]

    def layout(self) -> Layout:
        length = self.exponent_value().bit_length()
        if self.format == GIMPS:
            return Gimps.of(length)
        return Even.of(length, self.power)

    def bytes_of(self, value: Any) -> bytes:
        return int(value).to_bytes(self.residue_bytes, "little")

    def challenges(self, y: Any) -> Challenges:
        start = b"" if self.format == GIMPS else self.header
        return Challenges(start + self.bytes_of(y))


@dataclass(frozen=True)
class TestProof:
    """A proof as it is handed on; its residues are integers below N."""

    terms: Terms
    y: Any
    middles: tuple[Any, ...]

    def write(self) -> bytes:
        terms = self.terms
        values = (self.y, *self.middles)
        return terms.header + b"".join(terms.bytes_of(value) for value in values)

    def described(self) -> dict[str, Any]:
        """As it stands in an outcome, with the file in base64."""
        data = self.write()
        return {
            "format": self.terms.format,
            "power": self.terms.power,
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "file": base64.b64encode(data).decode("ascii"),
        }


def read(data: bytes, number: Number | None = None) -> TestProof:
    """The proof in these bytes, of the given number; ProofError for anything else."""
    matches = ((name, _HEADERS[name].match(data, 0, _MOST_HEADER)) for name in _HEADERS)
    name, found = next(((n, each) for n, each in matches if each), ("", None))
    if found is None:
        raise ProofError("this is no test proof of a known format and version")
    power, base, exponent, text = (each or b"" for each in found.groups())
    written = _number(text.decode("ascii"))
    terms = Terms(written, int(base or 3), exponent.decode() or "N+1", int(power))
    # A few bytes may name a number that takes gigabytes: its length comes first.
    _check_length(terms, len(data) - found.end())
    if number is not None and number.value() != written.value():
        raise ProofError(f"this is a test proof of {written.expression}")
    _check_terms(terms, name)
    if found.group(0) != terms.header and name == OURS:
        raise ProofError("this header is not written in the one way it can be")
    return _body(terms, data[found.end() :])


def _number(text: str) -> Number:
    try:
        if re.fullmatch(r"M\d+", text):
            return forms.number(f"2^{text[1:]}-1")
        number: Number = forms.number(text)
        return number
    except DarkreachError as trouble:
        raise ProofError(f"the number of this proof is unknown: {trouble}") from trouble


def _check_terms(terms: Terms, name: str) -> None:
    value = terms.number.value()
    if name != terms.format:
        raise ProofError("this number and base have another format of proof")
    if value <= 3 or value % 2 == 0:
        raise ProofError("this number is not tested")
    if not 2 <= terms.base <= _MOST_BASE or gmpy2.gcd(terms.base, value) != 1:
        raise ProofError(f"{terms.base} is no base for this number")
    length = terms.exponent_value().bit_length()
    if not 1 <= terms.power <= MOST_POWER or length >> terms.power < 2:
        raise ProofError(f"power {terms.power} does not fit this number")


def _check_length(terms: Terms, length: int) -> None:
    wanted = terms.residue_bytes * (terms.power + 1)
    if length != wanted:
        raise ProofError(f"this proof has {length} bytes of residues, not {wanted}")


def _body(terms: Terms, body: bytes) -> TestProof:
    size = terms.residue_bytes
    values = [
        gmpy2.mpz(int.from_bytes(body[i : i + size], "little"))
        for i in range(0, len(body), size)
    ]
    if not all(0 < value < terms.number.value() for value in values):
        raise ProofError("a residue of this proof is zero or not reduced")
    return TestProof(terms, values[0], tuple(values[1:]))
