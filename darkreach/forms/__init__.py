"""The forms that are hunted, one file each, and the way from an expression to its form.

k*b^n+1 and k*b^n-1 are a `Family`, everything else is a `Formula`; one number of them
is a `Kbn` or a `Plain`. Which of the named forms an expression belongs to, `shapes`
says.
"""

from __future__ import annotations

from darkreach.errors import ExpressionError
from darkreach.expression import Node, parse, variables
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula
from darkreach.forms.kbn import LARGEST_BITS, Kbn
from darkreach.forms.plain import Plain
from darkreach.forms.reading import Unlike, read
from darkreach.forms.single import single

__all__ = ["Family", "Formula", "Kbn", "Plain", "family", "number", "recognise"]


def recognise(node: Node) -> Family | None:
    """The expression as k*b^n+-1; None if it is of another form."""
    try:
        return read(node)
    except Unlike:
        return None


def family(node: Node) -> Family | Formula:
    """The form of the expression."""
    return recognise(node) or Formula(node)


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
    found = single(node)
    if isinstance(found, Plain):
        if found.value() < 0:
            raise ExpressionError("this number is negative")
    elif found.log2_term > LARGEST_BITS:
        raise ExpressionError(f"this number has more than {LARGEST_BITS} bits")
    return found
