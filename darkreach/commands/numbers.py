"""Numbers on a command line."""

from __future__ import annotations

import argparse

from darkreach.errors import OrderError
from darkreach.expression.numerals import whole


def whole_number(text: str) -> int:
    """1000000, 1e6 or 1.5e6, for argparse."""
    try:
        return whole(text)
    except OrderError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def positive(text: str) -> int:
    """A whole number of at least one, for argparse."""
    count = whole_number(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{count} is not a positive number")
    return count
