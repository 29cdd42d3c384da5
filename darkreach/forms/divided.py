"""(k*b^n+-1)/d with a small divisor d: repunits, Wagstaff numbers.

What is hard modulo such a number is easy modulo k*b^n+-1, its multiple: powers of b
fold back there (arithmetic/choice.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from darkreach.arithmetic import Number
from darkreach.forms.kbn import Kbn
from darkreach.forms.plain import Plain
from darkreach.forms.sparse import read_sparse

#: Bits of d, and of N for each of them: what d costs is then below a hundredth.
_MOST_DIVISOR_BITS, _SHARE = 62, 100


@dataclass(frozen=True)
class Divided:
    """The number N = multiple/divisor."""

    multiple: Kbn
    divisor: int


def divided(number: Number) -> Divided | None:
    """The number as such a quotient; None if it is none, or d > 1 is too large."""
    sparse = read_sparse(number.node) if isinstance(number, Plain) else None
    if sparse is None or sparse.divisor == 1 or len(sparse.terms) != 2:
        return None
    c = sparse.terms.get(0, 0)
    exponent = max(sparse.terms)
    k, d = sparse.terms[exponent], sparse.divisor
    long = d.bit_length() * _SHARE > number.bits or d.bit_length() > _MOST_DIVISOR_BITS
    if long or c not in (1, -1) or k < 1 or not exponent:
        return None
    return Divided(Kbn(k, sparse.base, exponent, c), d)
