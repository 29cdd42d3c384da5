"""PARI/GP (`gp`): a Fermat residue in PARI's own arithmetic, and the Baillie-PSW test
of `ispseudoprime`. Both have to call a number probably prime before this opinion does.
Where the program `gp` is missing, the Python package `cypari` runs the same line.
"""

from __future__ import annotations

import importlib.util
import re
import sys

from darkreach import expression
from darkreach.arithmetic import Number
from darkreach.errors import ExpressionError
from darkreach.opinions.opinion import Said
from darkreach.opinions.running import Order, Program

_ANSWER = re.compile(
    r"^darkreach (\d+) ([0-9]+) ([01]) ([01]) \[([0-9, ]+)", re.MULTILINE
)
_BY_CYPARI = """
import sys
from cypari import pari
pari.allocatemem(10**8, 4 * 10**9, silent=True)
print(pari(sys.stdin.read().strip().removeprefix("print(").removesuffix(")")))
"""


def _order(number: Number, base: int) -> Order:
    """The number in digits where PARI has no words for it."""
    try:
        value = expression.show(expression.parse(number.expression)[0], "pari")
    except ExpressionError:
        value = number.value().digits(10)
    said = (
        f'Str("darkreach {base} ", r % 2^64, " ", r == 1, " ", '
        'if(r == 1, ispseudoprime(n), 0), " ", version())'
    )
    line = f"print(((n) -> my(r = lift(Mod({base}, n)^(n - 1))); {said})({value}))\n"
    return Order(["-q", "-f", "-s", "1G"], input=line)


def _read(output: str, number: Number, base: int) -> Said | None:
    found = _ANSWER.search(output)
    if found is None or int(found[1]) != base:
        return None
    prime = found[3] == "1" and found[4] == "1"
    verdict = "probable prime" if prime else "composite"
    return Said(verdict, f"{int(found[2]):016X}", 1, base)


def _version(output: str) -> str:
    found = _ANSWER.search(output)
    return ".".join(found[5].replace(" ", "").split(",")[:3]) if found else ""


def _cypari() -> list[str] | None:
    if importlib.util.find_spec("cypari") is None:
        return None
    return [sys.executable, "-c", _BY_CYPARI]


PARI = Program("pari", "DARKREACH_PARI", ("gp",), _order, _read, _version, _cypari)
