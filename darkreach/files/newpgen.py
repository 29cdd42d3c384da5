"""NewPGen files: a header LIMIT:MODE:CHAIN:BASE:MASK, then `k n` for each number.

The bits of the mask say which numbers belong to a line:

    1 k*b^n+1    2 k*b^n-1    4 k*b^(n+1)+1    8 k*b^(n+1)-1
    16 k*b^(n-1)+1    32 k*b^(n-1)-1

A twin has mask 3, a Sophie Germain pair 10. Bit 256 says that k varies, and changes
nothing. Other bits are of forms that are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TextIO

from darkreach.errors import OrderError
from darkreach.files.lines import FileError, whole
from darkreach.files.listing import Chunk
from darkreach.files.templates import Header
from darkreach.files.templates import read as read_template
from darkreach.files.writing import rows
from darkreach.order import Order

HEADER = re.compile(r"(\d{1,19}):(\w):(\d{1,3}):(\d{1,18}):(\d{1,9})")
_NUMBERS = {
    1: ("", "+1"),
    2: ("", "-1"),
    4: ("+1", "+1"),
    8: ("+1", "-1"),
    16: ("-1", "+1"),
    32: ("-1", "-1"),
}
_VARIABLE_K = 256
#: The letter of the mode for what the mask says; programs go by the mask.
_MODES = {1: "P", 2: "M", 3: "T", 10: "S"}
_MEMBER = re.compile(r"(?:(\d+|k)\*)?(\d+)\^(?:(\d+|n)|\((n)([+-]1)\))([+-]1)")


def read(lines: Iterable[tuple[int, str]]) -> list[Chunk]:
    """The rows of the file. FileError names the line that is wrong."""
    chunk: Chunk | None = None
    for line, text in lines:
        if chunk is None:
            chunk = Chunk(_header(line, text), line)
            continue
        words = text.split()
        if len(words) != 2:
            raise FileError(line, f"want k and n, not {text[:40]!r}")
        chunk.add(line, [whole(line, word) for word in words])
    return [] if chunk is None else [chunk]


def _header(line: int, text: str) -> Header:
    found = HEADER.fullmatch(text)
    if found is None:
        raise FileError(line, "want a header LIMIT:MODE:CHAIN:BASE:MASK")
    limit, mode, _, base, bits = found.groups()
    mask = int(bits) & ~_VARIABLE_K
    if not mask or mask & ~sum(_NUMBERS):
        raise FileError(line, f"the numbers of mask {bits} are not read here")
    wanted = {letter: value for value, letter in _MODES.items()}.get(mode, mask)
    if wanted != mask:
        raise FileError(line, f"mode {mode} and mask {bits} contradict each other")
    templates = [
        read_template(f"$a*{int(base)}^{f'($b{shift})' if shift else '$b'}{sign}")
        for bit, (shift, sign) in _NUMBERS.items()
        if mask & bit
    ]
    return Header(tuple(templates), joint=True, sieved_to=min(int(limit), 2**62))


def write(out: TextIO, order: Order, positions: Iterable[int], sieved_to: int) -> None:
    """The numbers at these positions. OrderError for an order of another form."""
    base, mask, fixed = _form(order)
    mode = _MODES.get(mask, "P")
    out.write(f"{sieved_to}:{mode}:1:{base}:{mask}\n")
    for row in rows(order, positions):
        values = fixed | dict(zip(order.ranges, row, strict=True))
        out.write(f"{values['k']} {values['n']}\n")


def _form(order: Order) -> tuple[int, int, dict[str, int]]:
    """Base and mask of an order, and k or n where it does not vary."""
    bits = {number: bit for bit, number in _NUMBERS.items()}
    mask = 0
    seen = set()
    fixed: dict[str, int] = {}
    for text in order.expression.split(","):
        found = _MEMBER.fullmatch(text)
        bit = bits.get((found[5] or "", found[6])) if found else None
        if found is None or bit is None:
            raise OrderError(f"a NewPGen file holds k*b^n+-1, not {text[:60]}")
        k, n = found[1] or "1", found[3] or found[4]
        fixed = {x: int(v) for x, v in (("k", k), ("n", n)) if v.isdecimal()}
        seen.add((k, found[2], n))
        mask |= bit
    if len(seen) != 1 or fixed.keys() | order.ranges.keys() != {"k", "n"}:
        raise OrderError("a NewPGen file has one k, b and n for each line")
    (_, base, _) = seen.pop()
    return int(base), mask, fixed
