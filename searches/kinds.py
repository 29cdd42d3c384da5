"""Which form a search hunts, as one word: that of a named form, or one of a few others.

The word is stored with the search and with each of its primes, for lists and addresses.
"""

from __future__ import annotations

from darkreach.forms import Family, Formula
from darkreach.forms.affine import Affine
from darkreach.forms.shapes import named, shape
from darkreach.order import Order

#: The words, in the order in which lists show them.
FORMS = (
    "proth",
    "riesel",
    "kbn",
    "twin",
    "chain",
    *(form.word for form in named()),
    "palindrome",
    "free",
)


def form_of(order: Order) -> str:
    """The form of an order."""
    if order.form == "palindrome":
        return "palindrome"
    if order.member_count > 1:
        return _several(order)
    (member,) = order.families
    known = shape(member)
    return _power(member) if known is None else known.word


def _power(member: Family | Formula) -> str:
    if isinstance(member, Formula):
        return "free"
    base = member.base
    if base.variable is not None or base.offset != 2:
        return "kbn"
    if member.c == 1:
        return "proth"
    # 2^n-1 over all n: its primes are those of 2^p-1.
    return "mersenne" if member.coefficient == Affine.constant(1) else "riesel"


def _several(order: Order) -> str:
    """Twins are k*b^n-1 and k*b^n+1; members of one sign are a chain."""
    families = [each for each in order.families if isinstance(each, Family)]
    if len(families) < order.member_count:
        return "free"
    terms = {each.term for each in families}
    signs = sorted(each.c for each in families)
    if len(terms) == 1 and signs == [-1, 1]:
        return "twin"
    proportional = all(each.is_proportional_to(families[0]) for each in families)
    return "chain" if proportional and len(set(signs)) == 1 else "free"
