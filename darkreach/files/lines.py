"""Lines of a foreign file: numbered, stripped, and no more than a machine can take."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

from darkreach.errors import OrderError

#: Bytes of a file and of one line; PFGW reads lines up to 16 k.
MOST_BYTES = 2**30
LONGEST_LINE = 16_384
#: Digits of a value, as in the ranges of an order.
MOST_DIGITS = 18


class FileError(OrderError):
    """A line that is not understood; the message begins with its number."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")


def numbered(stream: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, each with its number, counted from 1. FileError for
    a line or a file that is too long or is no text."""
    size = 0
    for number, line in enumerate(_pieces(stream), 1):
        size += len(line)
        if len(line) > LONGEST_LINE:
            raise FileError(number, f"longer than {LONGEST_LINE} characters")
        if size > MOST_BYTES:
            raise FileError(number, f"the file is larger than {MOST_BYTES} bytes")
        if "\0" in line or "\ufffd" in line:
            raise FileError(number, "this is no text file")
        text = line.strip().removeprefix("\ufeff")
        if text:
            yield number, text


def _pieces(stream: Iterable[str]) -> Iterable[str]:
    """The lines of a stream; of one that is too long only as much as shows it."""
    if isinstance(stream, io.TextIOBase):
        return iter(lambda: stream.readline(LONGEST_LINE + 2), "")
    return stream


def whole(line: int, text: str) -> int:
    """A value without a sign."""
    if not (text.isascii() and text.isdecimal()):
        raise FileError(line, f"{text[:40]!r} is not a whole number")
    if len(text) > MOST_DIGITS:
        raise FileError(line, f"a value has more than {MOST_DIGITS} digits")
    return int(text)


def signed(line: int, text: str) -> int:
    """A value with its sign, which must be there."""
    if text[:1] not in ("+", "-"):
        raise FileError(
            line,
            f"{text[:40]!r} has no sign, but stands where the header has none either; "
            "write +1 or -1",
        )
    whole(line, text[1:])
    return int(text)


def change(line: int, text: str) -> int:
    """A difference, with or without a sign."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    whole(line, digits)
    return int(text)
