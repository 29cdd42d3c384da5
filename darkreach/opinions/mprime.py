"""mprime (the Prime95 of Linux): a PRP test of k*b^n+c to any base, residue type 1.

It takes its work from a file and writes a line of JSON to `results.json.txt`; then it
would wait for more work, and is ended.
"""

from __future__ import annotations

import json
import re
from typing import Any

from darkreach.arithmetic import Number
from darkreach.forms.kbn import Kbn
from darkreach.opinions.opinion import Said
from darkreach.opinions.running import Order, Program

_RESULT = re.compile(r"^\{.*\"worktype\".*\}\s*$", re.MULTILINE)
_ANSWER = "results.json.txt"
#: It does not call home, and it neither asks questions nor searches factors first.
_SETTINGS = (
    "V30OptionsConverted=1\nUsePrimenet=0\nStressTester=0\nExitWhenOutOfWork=1\n"
)


def _order(number: Number, base: int) -> Order:
    if not isinstance(number, Kbn):
        raise ValueError("mprime is asked about k*b^n+-1 only")
    work = f"PRP={number.k},{number.b},{number.n},{number.c},99,0,{base},1\n"
    files = {"prime.txt": _SETTINGS, "worktodo.txt": work}
    return Order(["-d"], files=files, answer=_ANSWER)


def _read(output: str, number: Number, base: int) -> Said | None:
    line = _line(output)
    if line is None or not _is_about(line, number):
        return None
    tested = int(str(line.get("worktype", "")).rpartition("-")[2] or 0)
    if line.get("status") == "P":
        return Said("probable prime", f"{1:016X}", 1, tested or None)
    if line.get("status") == "C":
        kind = line.get("residue-type")
        residue = str(line["res64"]).upper() if "res64" in line else None
        return Said("composite", residue, kind, tested or None)
    return Said("composite") if line.get("status") == "F" else None


def _line(output: str) -> dict[str, Any] | None:
    found = _RESULT.findall(output)
    try:
        line = json.loads(found[-1]) if found else None
    except ValueError:
        return None
    return line if isinstance(line, dict) else None


def _is_about(line: dict[str, Any], number: Number) -> bool:
    assert isinstance(number, Kbn)
    if "exponent" in line:
        return (number.k, number.b, number.c, number.n) == (1, 2, -1, line["exponent"])
    wanted = {"k": number.k, "b": number.b, "n": number.n, "c": number.c}
    return all(line.get(name) == value for name, value in wanted.items())


def _version(output: str) -> str:
    program = (_line(output) or {}).get("program", {})
    parts = (program.get("name"), program.get("version"), program.get("build"))
    return " ".join(str(part) for part in parts if part is not None)


MPRIME = Program("mprime", "DARKREACH_MPRIME", ("mprime",), _order, _read, _version)
