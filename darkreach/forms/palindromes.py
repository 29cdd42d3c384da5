"""The form palindrome: every number that reads the same from both sides.

In base b there are (b-1)*b^(h-1) palindromes of d digits, h = ceil(d/2): one for each
number of h digits, which is its front half. Those of an even number of digits are
divisible by b+1. They are counted from 0, by size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from darkreach.forms.examined import Examined

if TYPE_CHECKING:
    from darkreach.order import Order

#: The name of the form in an order, and what its ranges may be.
NAME = "palindrome"
LARGEST_BASE = 64


class Palindrome:
    """All palindromes of some lengths, in any base."""

    name: ClassVar[str] = "palindrome"
    word: ClassVar[str] = NAME
    rank: ClassVar[int] = 100
    tags: ClassVar[tuple[str, ...]] = ("palindromic",)

    @classmethod
    def order(cls, ranges: Mapping[str, str]) -> Order:
        from darkreach.order.palindromes import PalindromeOrder

        return PalindromeOrder.of(ranges)

    @classmethod
    def range_names(cls) -> tuple[str, ...]:
        return ("digits", "base")

    @classmethod
    def tags_of(cls, prime: Examined) -> Iterator[str]:
        """To base 10."""
        if prime.digits and prime.digits == prime.digits[::-1]:
            yield "palindromic"


def front_digits(digits: int) -> int:
    """The length of the front half, with the middle digit."""
    return (digits + 1) // 2


def count(base: int, digits: int) -> int:
    """How many palindromes have so many digits (digits >= 1)."""
    return int((base - 1) * base ** (front_digits(digits) - 1))


def number(base: int, digits: int, place: int) -> int:
    """The palindrome of so many digits at a place, 0 <= place < count."""
    front = base ** (front_digits(digits) - 1) + place
    return int(_completed(front, base, digits))


def numbers(base: int, digits: int, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """The palindromes at these places, all below 2^63."""
    fronts = places + np.int64(base ** (front_digits(digits) - 1))
    values: NDArray[np.int64] = _completed(fronts, base, digits)
    return values


def _completed(front: Any, base: int, digits: int) -> Any:
    """The front half with its mirror image behind it."""
    value, rest = front, front // base if digits % 2 else front
    for _ in range(digits // 2):
        value = value * base + rest % base
        rest = rest // base
    return value
