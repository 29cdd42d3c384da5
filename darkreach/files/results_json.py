"""Lines of `results.json.txt`, as mersenne.org and its mirrors read them.

One object per line, the keys in the order in which Prime95 writes them. A number is
k, b, n, c, and of a Mersenne number the exponent. A residue is only given when the
number is composite. The security code is that of closed programs and is left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from darkreach.forms.kbn import Kbn

Fields = dict[str, Any]


def name(number: Kbn) -> Fields:
    """The number: `exponent` of 2^p-1, else k, b, n, c."""
    one = number.normalised()
    if (one.k, one.b, one.c) == (1, 2, -1):
        return {"exponent": one.n}
    return {"k": int(one.k), "b": int(one.b), "n": one.n, "c": one.c}


def tested(
    number: Kbn,
    *,
    prime: bool,
    residue_type: int,
    base: int,
    res64: str,
    res2048: str,
    errors: int,
    software: Mapping[str, str],
    when: datetime,
) -> str:
    """A test by a residue of type 1 or 2, without the end of the line."""
    line: Fields = {"status": "P" if prime else "C", **name(number)}
    line["worktype"] = f"PRP-{base}"
    if not prime:
        line["res64"] = res64.upper()
        line["residue-type"] = residue_type
        if len(res2048) == 512:
            line["res2048"] = res2048.upper()
    line |= _program(software, when)
    line["errors"] = {"gerbicz": errors}
    return _written(line)


def factored(
    number: Kbn,
    *,
    factor: int,
    b1: int | None,
    b2: int | None,
    software: Mapping[str, str],
    when: datetime,
) -> str:
    """A factor that P-1 found, with the bounds of its search."""
    line: Fields = {"status": "F", **name(number), "worktype": "P-1"}
    line |= {key: value for key, value in (("b1", b1), ("b2", b2)) if value}
    line["factors"] = [str(factor)]
    return _written(line | _program(software, when))


def _written(line: Fields) -> str:
    """One physical line of ASCII, with the blanks that Prime95 writes."""
    return json.dumps(line, separators=(", ", ":"))


def _program(software: Mapping[str, str], when: datetime) -> Fields:
    """Who computed it and when, in UTC."""
    program = {
        "name": software.get("program", ""),
        "version": software.get("version", ""),
    }
    if kernel := software.get("kernel"):
        program["details"] = kernel
    stamp = when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return {"program": program, "timestamp": stamp}
