"""Multiplication modulo one big number, and the chains of squarings built on it.

`modulus` is the door: it looks at the form of a number and chooses the fastest
implementation of `Modulus` for it. Everything above (chains, tests, certificates) knows
only the methods of that protocol, so a new kernel is a new class and a line here.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Protocol

from darkreach.errors import OrderError


class Number(Protocol):
    """What a form must tell about one of its numbers; `bits` without computing it."""

    @property
    def expression(self) -> str: ...

    @property
    def bits(self) -> int: ...

    def value(self) -> Any: ...


class Modulus(Protocol):
    """Arithmetic modulo N. A residue is whatever the kernel works with: only `load`
    makes one, only `store` reads one, and a kernel may overwrite none of its arguments.
    """

    number: Any
    #: Which arithmetic it is: 0 the fastest, others to repeat a test (`modulus`).
    path: int
    #: Errors that were met and made good, by kind.
    errors: Counter[str]

    @property
    def kernel(self) -> str:
        """What computes, in one line; may change when a transform turns out short."""

    def lengthen(self) -> None:
        """Go on with a longer transform, if there is one."""

    def check_value(self, residue: Any) -> int:
        """A number that changes when a bit of the residue does."""

    def is_zero(self, residue: Any) -> bool:
        """Whether the residue is zero."""

    def load(self, value: Any) -> Any:
        """The residue of an integer 0 <= value < N."""

    def store(self, residue: Any) -> Any:
        """The integer of a residue, 0 <= integer < N."""

    def square_many(self, x: Any, count: int) -> Any:
        """x^(2^count)."""

    def climb(self, x: Any, base: int, bits: int, count: int) -> Any:
        """x^(2^count) * base^bits for bits < 2^count: `count` squarings, each followed
        by a multiplication by the small base where the next bit (from the top) is set.
        """

    def lucas_many(self, x: Any, count: int) -> Any:
        """x -> x^2 - 2, `count` times."""

    def square_add(self, x: Any, small: int) -> Any:
        """x^2 + small, its size below 2^16."""

    def multiply(self, x: Any, y: Any) -> Any:
        """x * y."""

    def scale(self, x: Any, small: int) -> Any:
        """x * small; small may be negative, its size below 2^63."""

    def subtract(self, x: Any, y: Any) -> Any:
        """x - y."""


# A squaring of this size takes seconds, a test years.
LARGEST_BITS = 100_000_000


def check_size(number: Number) -> None:
    """OrderError for what is no candidate (N < 2) or too large to compute with."""
    bits = number.bits
    if bits > LARGEST_BITS:
        raise OrderError(
            f"{number.expression} has {bits} bits; at most {LARGEST_BITS} can be tested"
        )
    if number.value() < 2:
        raise OrderError(f"{number.expression} is less than 2: neither prime nor not")


def modulus(number: Number, path: int = 0) -> Modulus:
    """The fastest arithmetic that we have modulo this number.

    path: 0 is the fastest; 1, 2, ... are others, each another transform length or,
    where GMP computes, another multiple of the number, so that a test can be repeated
    without repeating its errors.
    """
    # Not before they are needed: these modules bring numpy and numba with them.
    from darkreach.arithmetic import choice

    road = choice.road(number)
    if road is None:
        return choice.twin(number, path)
    from darkreach.arithmetic.guarded import Guarded
    from darkreach.arithmetic.roads import Detour

    return Guarded(choice.twin(number), Detour(road, path) if path else road)
