"""ABC files: a header with an expression, then a line of values for each number.

    ABC $a*2^$b+1 // Sieved to 5000000000
    21181 1000012

As PFGW reads them; ranges (ABC2) are orders, and are refused with a hint.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TextIO

from darkreach.files import templates
from darkreach.files.lines import FileError, signed, whole
from darkreach.files.listing import Chunk
from darkreach.files.writing import rows, template
from darkreach.order import Order


def read(lines: Iterable[tuple[int, str]]) -> Iterator[Chunk]:
    """The rows below each header. FileError names the line that is wrong."""
    chunk: Chunk | None = None
    for line, text in lines:
        if text.startswith("ABC"):
            if chunk is not None:
                yield chunk
            chunk = Chunk(_header(line, text), line)
            readers = [
                signed if chunk.header.wants_sign(name) else whole
                for name in chunk.header.names
            ]
            continue
        if chunk is None:
            raise FileError(line, "an ABC file begins with a line ABC ...")
        words = text.split()
        if len(words) != len(readers):
            raise FileError(
                line, f"{len(words)} values for the {len(readers)} of the header"
            )
        pairs = zip(readers, words, strict=True)
        chunk.add(line, [read_value(line, word) for read_value, word in pairs])
    if chunk is not None:
        yield chunk


def _header(line: int, text: str) -> templates.Header:
    kind, *words = text.split(maxsplit=1)
    if kind == "ABC2":
        raise FileError(
            line, "ABC2 files are ranges, not lists: order the expression with them"
        )
    if kind != "ABC":
        raise FileError(line, f"{kind[:20]!r} is no header of an ABC file")
    expression, _, comment = "".join(words).partition("//")
    return templates.header(line, expression, comment)


def write(out: TextIO, order: Order, positions: Iterable[int], sieved_to: int) -> None:
    """The numbers at these positions."""
    names = list(order.ranges)
    out.write(f"ABC {template(order, names)} // Sieved to {sieved_to}\n")
    for row in rows(order, positions):
        out.write(" ".join(map(str, row)) + "\n")
