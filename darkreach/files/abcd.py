"""ABCD files: a header with the first values, then a line of differences each.

    ABCD 21181*2^$a+1 [1000012] // Sieved to 5000000000
    24

Several headers may follow each other, each with its own expression.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TextIO

from darkreach.files import templates
from darkreach.files.lines import FileError, change, whole
from darkreach.files.listing import Chunk
from darkreach.files.writing import rows, template
from darkreach.order import Order

_HEADER = re.compile(r"ABCD\s([^\[]+)\[([^\]]*)\]\s*(?://(.*))?")
#: Values are sums of the differences, and must stay within 64 bits.
_FURTHEST = 10**18


def read(lines: Iterable[tuple[int, str]]) -> Iterator[Chunk]:
    """The rows below each header. FileError names the line that is wrong."""
    chunk: Chunk | None = None
    row: list[int] = []
    for line, text in lines:
        if text.startswith("ABCD"):
            if chunk is not None:
                yield chunk
            chunk, row = _open(line, text)
        elif chunk is None:
            raise FileError(line, "an ABCD file begins with a line ABCD ...")
        else:
            row = _next(line, text, row)
        if min(row) < 0 or max(row) >= _FURTHEST:
            raise FileError(line, f"a value leaves the range 0 to {_FURTHEST}")
        chunk.add(line, row)
    if chunk is not None:
        yield chunk


def _open(line: int, text: str) -> tuple[Chunk, list[int]]:
    found = _HEADER.fullmatch(text)
    if found is None:
        raise FileError(line, "want ABCD EXPRESSION [FIRST VALUES] // comment")
    header = templates.header(line, found[1], found[3] or "")
    if any(header.wants_sign(name) for name in header.names):
        raise FileError(line, "differences cannot bring the sign of a number")
    row = [whole(line, word) for word in found[2].split()]
    if len(row) != len(header.names):
        raise FileError(line, f"{len(row)} first values for {len(header.names)} names")
    return Chunk(header, line), row


def _next(line: int, text: str, row: list[int]) -> list[int]:
    words = text.split()
    if len(words) != len(row):
        raise FileError(line, f"{len(words)} differences for {len(row)} values")
    return [value + change(line, word) for value, word in zip(row, words, strict=True)]


def write(out: TextIO, order: Order, positions: Iterable[int], sieved_to: int) -> None:
    """The numbers at these positions, ascending: a header for each set of values of all
    variables but the one that runs fastest."""
    *slow, fast = list(order.ranges) or [""]
    fixed: list[int] | None = None
    last = 0
    for *others, value in rows(order, positions):
        if others != fixed:
            values = dict(zip(slow, others, strict=True))
            text = template(order, [fast], values)
            out.write(f"ABCD {text} [{value}] // Sieved to {sieved_to}\n")
            fixed = others
        else:
            out.write(f"{value - last}\n")
        last = value
