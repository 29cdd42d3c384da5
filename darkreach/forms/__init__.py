"""The forms that are hunted, one file each, and the way from an expression to its form.

Recognised so far: k*b^n+1 and k*b^n-1 (`kbn`). Any other expression without variables
is a `Plain` number.
"""

from __future__ import annotations

from darkreach.errors import ExpressionError, OrderError
from darkreach.expression import Node, parse, show, variables
from darkreach.forms.family import Family
from darkreach.forms.kbn import LARGEST_BITS, Kbn
from darkreach.forms.plain import Plain
from darkreach.forms.reading import Unlike, read

__all__ = ["Family", "Kbn", "Plain", "family", "number", "recognise"]

_SUPPORTED = (
    "the forms so far are k*b^n+1 and k*b^n-1, "
    "with fixed or variable k, b and n, and several of them joined by commas"
)


def recognise(node: Node) -> Family | None:
    """The form of the expression; None if it has none of those that are hunted."""
    try:
        return read(node)
    except Unlike:
        return None


def family(node: Node) -> Family:
    """The form of the expression; OrderError with the reason if it has none."""
    try:
        return read(node)
    except Unlike as reason:
        text = show(node)
        shown = text if len(text) <= 60 else f"{text[:60]}…"
        raise OrderError(
            f"not supported yet: {shown} ({reason}); {_SUPPORTED}"
        ) from None


def number(text: str) -> Kbn | Plain:
    """The one number of an expression without variables, a Kbn in normalised form if it
    can be written so. ExpressionError if it is no such expression, not whole, or too
    large."""
    members = parse(text)
    if len(members) != 1:
        raise ExpressionError("one number is wanted here, not several")
    node = members[0]
    if letters := variables(node):
        raise ExpressionError(
            f"one number is wanted here, but {min(letters)} is a variable"
        )
    kbn = _kbn(node)
    if kbn is not None and kbn.log2_term > LARGEST_BITS:
        raise ExpressionError(f"this number has more than {LARGEST_BITS} bits")
    return kbn or _plain(node)


def _kbn(node: Node) -> Kbn | None:
    form = recognise(node)
    if form is None:
        return None
    try:
        return form.member({})
    except ExpressionError:
        # Something like 1-2^5, whose k is negative: its value says what it is.
        return None


def _plain(node: Node) -> Plain:
    plain = Plain(node)
    if plain.value() < 0:
        raise ExpressionError("this number is negative")
    return plain
