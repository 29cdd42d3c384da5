"""One key per number, whatever expression it was written as.

The key is N mod P in 32 hexadecimal digits, P = 2^128 - 15449: the largest safe prime
below 2^128, so (P-1)/2 is prime too. Every a with 1 < a < P-1 then has an order of at
least (P-1)/2 modulo P, so k*b^n+c with other n, or other small k and b, gives another
key. The key takes a modular power, never N itself. A number below P is its own key.
"""

from __future__ import annotations

from typing import Protocol

import gmpy2

from darkreach.errors import ExpressionError
from darkreach.expression import evaluate_mod, parse

SAFE_PRIME = 2**128 - 15449


class Reducible(Protocol):
    """A number that can be reduced without being built."""

    def mod(self, m: int) -> int: ...


def number_key(number: str | Reducible) -> str:
    """The key of a number of a form, or of an expression without variables.

    ExpressionError if the text is no such expression or stands for several numbers.
    """
    if isinstance(number, str):
        members = parse(number)
        if len(members) != 1:
            raise ExpressionError("a key belongs to one number, not to several")
        residue = evaluate_mod(members[0], {}, SAFE_PRIME)
    else:
        residue = number.mod(SAFE_PRIME)
    return f"{residue:032x}"


def residue_key(k: int, b: int, n: int, c: int) -> int:
    """The key of k*b^n+c as an integer."""
    return int((k * gmpy2.powmod(b, n, SAFE_PRIME) + c) % SAFE_PRIME)
