"""The door to all sieves: which one an order gets.

A form with a sieve of its own gets that (`of_family`), k*b^n+-1 at large the sieves of
`plan`; the rest is divided (`division`) where it is short, and evaluated (`generic`)
where it is long. A sieve takes windows of primes in ascending order and gives back what
they remove; it is told the positions of the order and finds their numbers itself.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Protocol

from darkreach.sieve.division import MOST_BITS, Division
from darkreach.sieve.engine import Removed, Sieve
from darkreach.sieve.generic import Generic
from darkreach.sieve.of_family import open_family
from darkreach.sieve.terms import Rows, read_terms

if TYPE_CHECKING:
    from darkreach.order import Order


#: Seconds that the generic sieve takes for a number and a prime; seconds that are soon.
_SECONDS = 4e-8
_SOON = 3.0


class Sieving(Protocol):
    """What every sieve can do."""

    @property
    def kernel(self) -> str:
        """What computes, for the result."""

    @property
    def cost(self) -> float:
        """Nanoseconds per prime, roughly."""

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left to remove."""

    def window(self, low: int, high: int) -> Removed:
        """Remove what the primes of [low, high] divide; windows ascend. A prime that
        equals the number removes nothing."""


def open_sieve(
    order: Order, first: int, count: int, alive: Rows, p_max: int | None = None
) -> Sieving:
    """The sieve of the positions in alive (ascending), all inside [first, first +
    count), for primes up to p_max (None: many)."""
    own = None if _is_little(order, alive, p_max) else open_family(order, alive)
    if own is not None:
        return own
    if order.is_kbn:
        return Sieve(read_terms(order, first, count, alive))
    if order.max_bits <= MOST_BITS:
        return Division(order, alive)
    return Generic(order, alive)


def _is_little(order: Order, alive: Rows, p_max: int | None) -> bool:
    """Whether any sieve is done before the one of the form is compiled."""
    if p_max is None:
        return False
    primes = p_max / log(max(p_max, 3))
    return alive.size * order.member_count * primes * _SECONDS < _SOON
