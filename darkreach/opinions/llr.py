"""LLR (`sllr64`, `llr64`): the Proth or Lucas-Lehmer-Riesel test of k*2^n+-1, and tests
of k*b^n+-1 to other bases.

It prints `EXPR is prime! (D decimal digits) …` or `EXPR is not prime.  RES64: 16
digits. …`. The residue of a Proth test is that of type 2 plus one; those of its other
tests only it can compare.
"""

from __future__ import annotations

import re

from darkreach.arithmetic import Number
from darkreach.forms.kbn import Kbn
from darkreach.opinions.opinion import Said
from darkreach.opinions.running import Order, Program
from darkreach.residues import is_proth

_PRIME = re.compile(r"\bis prime!")
_PROBABLE = re.compile(r"\bis (?:a probable prime|base (\d+)-[\w-]*\s?PRP!)")
_COMPOSITE = re.compile(r"\bis not prime\.\s+RES64: ([0-9A-F]{16})\b")
_FACTOR = re.compile(r"\bis not prime\b|\bhas a small factor\b")
_BASE = re.compile(r"\ba = (\d+)\b")
_VERSION = re.compile(r"LLR Program - Version ([0-9.]+)(?:, using ([^\n]+))?")


def _order(number: Number, base: int) -> Order:
    if not isinstance(number, Kbn):
        raise ValueError("LLR is asked about k*b^n+-1 only")
    text = f"{number.k}*{number.b}^{number.n}{number.c:+d}"
    return Order(["-d", f"-oFBase={base}", f"-q{text}"])


def _read(output: str, number: Number, base: int) -> Said | None:
    if found := _COMPOSITE.search(output):
        witness = _BASE.search(output)
        if is_proth(number) and witness:
            residue = (int(found[1], 16) - 1) % 2**64
            return Said("composite", f"{residue:016X}", 2, int(witness[1]))
        return Said("composite", found[1])
    if _FACTOR.search(output):
        return Said("composite")
    if _PRIME.search(output):
        return Said("prime")
    if found := _PROBABLE.search(output):
        return Said("probable prime", base=int(found[1]) if found[1] else None)
    return None


def _version(output: str) -> str:
    found = _VERSION.search(output)
    if not found:
        return ""
    library = f" {found[2].strip()}" if found[2] else ""
    return found[1].rstrip(".") + library


LLR = Program(
    "llr", "DARKREACH_LLR", ("sllr64", "llr64", "sllr", "llr"), _order, _read, _version
)
