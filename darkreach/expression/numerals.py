"""Whole numbers as hunters write them: 1000000, 1e6, 25e5, 1.5e6."""

from __future__ import annotations

import re

from darkreach.errors import OrderError

_POWER = re.compile(r"([0-9]+)(?:\.([0-9]+))?[eE]([0-9]{1,2})")
#: Longer texts are no bounds of anything here.
_LONGEST = 40


def whole(text: str) -> int:
    """The number that the text stands for. OrderError if it stands for none."""
    if len(text) <= _LONGEST and re.fullmatch("[0-9]+", plain := in_digits(text)):
        return int(plain)
    raise OrderError(f"{text[:_LONGEST]!r} is no whole number such as 1000000 or 1e6")


def in_digits(text: str) -> str:
    """The text with each 1e6 and 1.5e6 in it written out."""
    if "e" not in text.lower():
        return text
    return _POWER.sub(_digits, text)


def _digits(found: re.Match[str]) -> str:
    head, fraction, exponent = found[1], found[2] or "", int(found[3])
    if len(fraction) > exponent:
        raise OrderError(f"{found[0]} is no whole number")
    return head + fraction.ljust(exponent, "0")
