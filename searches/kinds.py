"""Which form a search hunts, as one word.

The word is stored with the search and with each of its primes, for lists and addresses.
"""

from __future__ import annotations

from darkreach.forms import shapes
from darkreach.order import Order

#: The words, in the order in which lists show them.
FORMS = tuple(form.word for form in shapes.forms())


def form_of(order: Order) -> str:
    """The form of an order. One without expressions was ordered by the word."""
    return shapes.form_of(order.families).word if order.families else order.expression
