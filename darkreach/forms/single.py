"""One number without variables: k*b^n+-1 where it can be written so, else plain."""

from __future__ import annotations

from dataclasses import dataclass

import gmpy2

from darkreach.errors import ExpressionError
from darkreach.expression import Node, show
from darkreach.forms.kbn import Kbn
from darkreach.forms.plain import Plain
from darkreach.forms.reading import Unlike, read
from darkreach.forms.sparse import read_sparse


@dataclass(frozen=True, slots=True)
class Spelled(Kbn):
    """A number k*2^n+-1 with a long k < 2^n that is known by another expression:
    (2^n-1)^2-2 = (2^(n-1)-1)*2^(n+1)-1. Proth's test or the LLR test applies to it."""

    text: str = ""

    @property
    def expression(self) -> str:
        """As it was written."""
        return self.text

    def normalised(self) -> Kbn:
        """Itself: k is odd."""
        return self


def single(node: Node) -> Kbn | Plain:
    """The number of an expression without variables."""
    return _as_kbn(node) or _spelled(node) or Plain(node)


def _as_kbn(node: Node) -> Kbn | None:
    """The number as k*b^n+-1, normalised; None if it is not written so."""
    try:
        return read(node).member({})
    except (Unlike, ExpressionError):
        # Or something like 1-2^5, whose k is negative: its value says what it is.
        return None


def _spelled(node: Node) -> Spelled | None:
    sparse = read_sparse(node)
    if sparse is None or (sparse.base, sparse.divisor) != (2, 1):
        return None
    terms = dict(sparse.terms)
    c = terms.pop(0, 0)
    low = min(terms, default=0)
    if c not in (1, -1) or not low:
        return None
    k = sum(gmpy2.mpz(factor) << exponent - low for exponent, factor in terms.items())
    if k <= 0:
        return None
    twos = int(gmpy2.bit_scan1(k))
    k >>= twos
    if k.bit_length() > low + twos:
        return None
    return Spelled(int(k), 2, low + twos, c, show(node))
