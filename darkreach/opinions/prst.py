"""PRST (`prst`): the Fermat test to any base.

It prints `EXPR is a probable prime. Time: …` or `EXPR is not prime. RES64: 16 digits,
time: …`, the residue of type 1.
"""

from __future__ import annotations

import re

from darkreach import expression
from darkreach.arithmetic import Number
from darkreach.opinions.opinion import Said
from darkreach.opinions.running import Order, Program

_PRIME = re.compile(r"\bis prime!")
_PROBABLE = re.compile(r"\bis a probable prime\b")
_COMPOSITE = re.compile(r"\bis not prime\. RES64: ([0-9A-F]{16})\b")
_FACTOR = re.compile(r"\bis (?:not prime|composite)\b")
_VERSION = re.compile(r"PRST version ([^\s,]+)(?:, GWnum library version (\S+))?")


def _order(number: Number, base: int) -> Order:
    text = expression.show(expression.parse(number.expression)[0], "pfgw")
    return Order([text, "-fermat", "a", str(base), "-log", "info"])


def _read(output: str, number: Number, base: int) -> Said | None:
    if _PROBABLE.search(output):
        return Said("probable prime", f"{1:016X}", 1, base)
    if found := _COMPOSITE.search(output):
        return Said("composite", found[1], 1, base)
    if _FACTOR.search(output):
        return Said("composite")
    return Said("prime") if _PRIME.search(output) else None


def _version(output: str) -> str:
    found = _VERSION.search(output)
    if not found:
        return ""
    return found[1] + (f" GWNUM {found[2].rstrip('.')}" if found[2] else "")


PRST = Program("prst", "DARKREACH_PRST", ("prst",), _order, _read, _version)
