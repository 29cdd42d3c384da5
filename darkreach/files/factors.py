"""Factor files: a line `p | expression` for each factor found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from darkreach import forms
from darkreach.arithmetic import Number
from darkreach.errors import OrderError
from darkreach.files.lines import FileError

#: Digits of a factor.
MOST_DIGITS = 1_000


@dataclass(frozen=True)
class FactorLine:
    """A verified factor: 1 < factor < N, and factor divides N."""

    line: int
    factor: int
    number: Number


def read(lines: Iterable[tuple[int, str]]) -> Iterator[FactorLine]:
    """The factors, each verified. FileError names a line that is malformed or false."""
    for line, text in lines:
        left, bar, right = (part.strip() for part in text.partition("|"))
        if not bar or not (left.isascii() and left.isdecimal()):
            raise FileError(line, f"want FACTOR | EXPRESSION, not {text[:60]!r}")
        if len(left) > MOST_DIGITS:
            raise FileError(line, f"a factor has more than {MOST_DIGITS} digits")
        try:
            number = forms.number(right)
            divides = int(left) > 1 and number.mod(int(left)) == 0
        except OrderError as error:
            raise FileError(line, str(error)) from None
        if not divides or _is_itself(number, int(left)):
            raise FileError(line, f"{left[:60]} is no proper factor of {right[:60]}")
        yield FactorLine(line, int(left), number)


def _is_itself(number: Number, factor: int) -> bool:
    same = abs(number.bits - factor.bit_length()) <= 1
    return same and number.value() <= factor


def show(factor: int | str, expression: str) -> str:
    """A line without its end."""
    return f"{factor} | {expression}"
