"""The expression of an order as a header writes it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from darkreach.errors import OrderError
from darkreach.order import Order

_LETTER = re.compile(r"[a-z]")


def template(
    order: Order, names: list[str], values: Mapping[str, int] | None = None
) -> str:
    """The members joined by &, with $a, $b ... for these variables and the values of
    the others."""
    if not names:
        raise OrderError("an order without variables is one number, and has no file")
    signs = {name: f"${chr(ord('a') + i)}" for i, name in enumerate(names)}
    given = {name: str(value) for name, value in (values or {}).items()}
    text = _LETTER.sub(lambda found: (signs | given)[found[0]], order.expression)
    return text.replace(",", " & ")
