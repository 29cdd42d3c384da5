"""What an order may ask for: every parameter in range, no number too large, and not
only even numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod

from darkreach.errors import OrderError
from darkreach.forms import Family, Formula, Kbn
from darkreach.forms.affine import Affine
from darkreach.forms.kbn import LARGEST_BITS
from darkreach.order.ranges import Range

#: Most positions of one order.
MOST_POSITIONS = 10**8


def check_names(
    families: Iterable[Family | Formula], ranges: Mapping[str, object]
) -> None:
    """Every variable has a range and every range a variable, else OrderError."""
    wanted = frozenset().union(*(each.variables for each in families))
    for name in sorted(wanted - ranges.keys()):
        raise OrderError(f"the range of {name} is missing: give it as A:B")
    for name in sorted(ranges.keys() - wanted, key=str):
        raise OrderError(
            f"a range is given for {str(name)[:20]!r}, "
            "which is no variable of the expression"
        )


def check_size(lengths: list[int]) -> None:
    """OrderError if the order has too many positions."""
    size = prod(lengths)
    if size > MOST_POSITIONS:
        raise OrderError(
            f"this order has {size} positions; at most {MOST_POSITIONS} are hunted at "
            "once, so split it into several"
        )


def check(family: Family, ranges: Mapping[str, Range]) -> None:
    """OrderError if k < 1, b < 2, n < 0, all numbers even, or a number too large."""
    text = family.text if len(family.text) <= 60 else f"{family.text[:60]}…"
    for what, piece, least in (
        ("k", family.coefficient, 1),
        ("b", family.base, 2),
        ("n", family.exponent, 0),
    ):
        value = min(_ends(piece, ranges))
        if value < least:
            shown = value if value.bit_length() <= 64 else "far below"
            raise OrderError(
                f"{what} must be at least {least} in {text}, but here it can be {shown}"
            )
    _check_parity(family, ranges, text)
    if largest(family, ranges).log2_term > LARGEST_BITS:
        raise OrderError(
            f"the largest number of {text} has more than {LARGEST_BITS} bits; "
            "smaller ones are hunted here"
        )


def largest(family: Family, ranges: Mapping[str, Range]) -> Kbn:
    """The largest number of the family: each of k, b and n has its greatest value."""
    pieces = (family.coefficient, family.base, family.exponent)
    k, b, n = (max(_ends(piece, ranges)) for piece in pieces)
    return Kbn(k, b, n, family.c)


def _check_parity(family: Family, ranges: Mapping[str, Range], text: str) -> None:
    """Refuse what has no odd number. Even where k = 1, n = 0 gives the prime 2: nobody
    hunts for it, and a form whose numbers are all even is a mistake in the order."""
    if _can_be_even(family.coefficient, ranges):
        return
    why = "k and b are odd"
    if _can_be_even(family.base, ranges):
        if max(_ends(family.exponent, ranges)) > 0:
            return
        why = "k is odd and n is 0"
    raise OrderError(
        f"every number of {text} is even here, because {why}; "
        "an even number above 2 is never prime"
    )


def _can_be_even(piece: Affine, ranges: Mapping[str, Range]) -> bool:
    parities = ranges[piece.variable].parities() if piece.variable else {0}
    return any((piece.slope * x + piece.offset) % 2 == 0 for x in parities)


def _ends(piece: Affine, ranges: Mapping[str, Range]) -> tuple[int, int]:
    """The values at the ends of the range, of which one is least and one greatest."""
    if piece.variable is None:
        return piece.offset, piece.offset
    values = ranges[piece.variable]
    return (
        piece.slope * values.first + piece.offset,
        piece.slope * values.last + piece.offset,
    )
