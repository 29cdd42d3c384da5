"""NewPGen files: a header LIMIT:MODE:CHAIN:BASE:MASK, then `k n` for each number.

The letter of the mode and the bits of the mask say the same, which numbers belong to a
line: 1 k*b^n+1, 2 k*b^n-1, 4 k*b^(n+1)+1, 8 k*b^(n+1)-1.

    P 1    M 2    T 3, twins    S 10, Sophie Germain    C 5, Cunningham
    B 15, two twins    J 11, twin and Sophie Germain    K 7, twin and Cunningham

Bit 256 beside 1 or 2 says that n varies, and changes nothing. What programs read
differently is refused: longer chains, where PFGW goes by the letter and PRP by CHAIN;
the lucky pairs Y and Z, whose third number has n-1 for PFGW and, by its bit, n+2 for
LLR; bit 1024, which doubles k instead of raising n.
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

HEADER = re.compile(r"(\d{1,19}):(\w):(\d{1,3}):(\d{1,18}):(\d{1,9})", re.ASCII)
_NUMBERS = {1: ("", "+1"), 2: ("", "-1"), 4: ("+1", "+1"), 8: ("+1", "-1")}
_MODES = {1: "P", 2: "M", 3: "T", 10: "S", 5: "C", 15: "B", 11: "J", 7: "K"}
_MASKS = {letter: mask for mask, letter in _MODES.items()}
#: Chains of two are what these modes mean anyhow.
_PAIRS = "SCB"
_VARIABLE_N = 256
_MEMBER = re.compile(r"(?:(\d+|k)\*)?(\d+)\^(?:(\d+|n)|\((n)(\+1)\))([+-]1)")


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
    limit, mode, chain, base, bits = found.groups()
    mask = int(bits)
    if mask - _VARIABLE_N in (1, 2):
        mask -= _VARIABLE_N
    if mode not in _MASKS or mask not in _MODES:
        raise FileError(line, f"the numbers of mode {mode}, mask {bits} are not read")
    if _MASKS[mode] != mask:
        raise FileError(line, f"mode {mode} and mask {bits} contradict each other")
    if int(chain) > (2 if mode in _PAIRS else 1):
        raise FileError(line, f"programs disagree about mode {mode}, chain {chain}")
    templates = [
        read_template(f"$a*{int(base)}^{f'($b{shift})' if shift else '$b'}{sign}")
        for bit, (shift, sign) in _NUMBERS.items()
        if mask & bit
    ]
    return Header(tuple(templates), joint=True, sieved_to=min(int(limit), 2**62))


def write(out: TextIO, order: Order, positions: Iterable[int], sieved_to: int) -> None:
    """The numbers at these positions. OrderError for an order of another form."""
    base, mask, fixed = _form(order)
    out.write(f"{sieved_to}:{_MODES[mask]}:1:{base}:{mask}\n")
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
    if mask not in _MODES:
        raise OrderError("NewPGen has no mode for these numbers together")
    if len(seen) != 1 or fixed.keys() | order.ranges.keys() != {"k", "n"}:
        raise OrderError("a NewPGen file has one k, b and n for each line")
    (_, base, _) = seen.pop()
    return int(base), mask, fixed
