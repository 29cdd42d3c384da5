"""Which form a search hunts, as one word of a closed list.

The word is stored with the search and with each of its primes, for lists and addresses.
"""

from __future__ import annotations

from darkreach.forms import Family, Formula
from darkreach.forms.affine import Affine
from darkreach.forms.shapes import shape
from darkreach.order import Order

#: The words, in the order in which lists show them.
FORMS = (
    "proth",
    "riesel",
    "kbn",
    "twin",
    "chain",
    "mersenne",
    "generalized-fermat",
    "cullen-woodall",
    "factorial",
    "primorial",
    "carol-kynea",
    "wagstaff",
    "repunit",
    "near-repdigit",
    "palindrome",
    "free",
)
_SHAPES = {
    "Mersenne": "mersenne",
    "generalized Fermat": "generalized-fermat",
    "Cullen or Woodall": "cullen-woodall",
    "factorial": "factorial",
    "primorial": "primorial",
    "Carol or Kynea": "carol-kynea",
    "Wagstaff": "wagstaff",
    "repunit": "repunit",
    "near-repdigit": "near-repdigit",
}


def form_of(order: Order) -> str:
    """The form of an order."""
    if order.form == "palindrome":
        return "palindrome"
    if order.member_count > 1:
        return _several(order)
    (member,) = order.families
    named = shape(member)
    if named is not None:
        return _SHAPES.get(named.name, "free")
    return _power(member)


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
