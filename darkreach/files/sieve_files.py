"""Reading a sieve file of any format, told by its first line, and writing one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import TextIO

from darkreach.errors import OrderError
from darkreach.files import abc, abcd, newpgen
from darkreach.files.lines import numbered
from darkreach.files.listing import Chunk, Listed, fit, listings
from darkreach.order import Order

Writer = Callable[[TextIO, Order, Iterable[int], int], None]

#: The writer of each format, by the name that is also the ending of its files.
WRITERS: dict[str, Writer] = {
    "abc": abc.write,
    "abcd": abcd.write,
    "npg": newpgen.write,
}
#: Searches that one file may make.
MOST_ORDERS = 32


def read(stream: Iterable[str]) -> list[Listed]:
    """What a file lists, an order for each expression: k*2^n+1 and k*2^n-1 are two.

    OrderError, with the line where one is to blame, for anything that is not
    understood.
    """
    lines = numbered(stream)
    first = next(lines, None)
    if first is None:
        raise OrderError("the file is empty")
    whole = chain([first], lines)
    if newpgen.HEADER.fullmatch(first[1]):
        chunks: Iterable[Chunk] = newpgen.read(whole)
    elif first[1].startswith("ABCD"):
        chunks = abcd.read(whole)
    else:
        chunks = abc.read(whole)
    found = listings(chunks)
    if not found:
        raise OrderError("the file lists no number")
    if len(found) > MOST_ORDERS:
        raise OrderError(f"the file has more than {MOST_ORDERS} different expressions")
    return [fit(each) for each in found]


def writer(name: str) -> Writer:
    """The writer of a format. OrderError for one that is not known."""
    if name not in WRITERS:
        known = ", ".join(WRITERS)
        raise OrderError(f"{name!r} is no format of sieve files; known are {known}")
    return WRITERS[name]
