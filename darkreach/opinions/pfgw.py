"""OpenPFGW (`pfgw64`): a Fermat test to any base, without trial factors.

It prints `EXPR is 3-PRP! (…)` or `EXPR is composite: RES64: [16 digits] (…)`, the
residue of type 1. Old versions print its low 62 bits.
"""

from __future__ import annotations

import re

from darkreach import expression
from darkreach.arithmetic import Number
from darkreach.opinions.opinion import Said
from darkreach.opinions.running import Order, Program

_PRIME = re.compile(r"\bis (?:trivially )?prime!")
_PROBABLE = re.compile(r"\bis (\d+)-PRP!")
_COMPOSITE = re.compile(r"\bis composite: RES64: \[([0-9A-F]{16})\]")
_FACTORS = re.compile(r"\bhas factors: ")
_VERSION = re.compile(r"PFGW Version (\S+)(?: \[(GWNUM [^\]]+)\])?")


def _order(number: Number, base: int) -> Order:
    text = expression.show(expression.parse(number.expression)[0], "pfgw")
    return Order(["-f0", f"-b{base}", f"-q{text}"])


def _read(output: str, number: Number, base: int) -> Said | None:
    if found := _PROBABLE.search(output):
        return Said("probable prime", f"{1:016X}", 1, int(found[1]))
    if found := _COMPOSITE.search(output):
        return Said("composite", found[1], 1, base)
    if _FACTORS.search(output):
        return Said("composite")
    return Said("prime") if _PRIME.search(output) else None


def _version(output: str) -> str:
    found = _VERSION.search(output)
    return " ".join(part for part in found.groups() if part) if found else ""


PFGW = Program(
    "pfgw", "DARKREACH_PFGW", ("pfgw64", "pfgw64s", "pfgw"), _order, _read, _version
)
