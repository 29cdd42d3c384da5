"""One number without variables: k*b^n+-1 where it can be written so, else plain."""

from __future__ import annotations

from darkreach.errors import ExpressionError
from darkreach.expression import Node
from darkreach.forms.kbn import Kbn
from darkreach.forms.plain import Plain
from darkreach.forms.reading import Unlike, read


def single(node: Node) -> Kbn | Plain:
    """The number of an expression without variables."""
    return as_kbn(node) or Plain(node)


def as_kbn(node: Node) -> Kbn | None:
    """The number as k*b^n+-1, normalised; None if it is not written so."""
    try:
        return read(node).member({})
    except (Unlike, ExpressionError):
        # Or something like 1-2^5, whose k is negative: its value says what it is.
        return None
