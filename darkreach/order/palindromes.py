"""Orders of all palindromes with so many digits, in one base: `palindrome` with the
range `digits`, and `base` if it is not 10.

Positions run through the lengths, and through the numbers of each length by size. All
numbers are below 2^62, since longer ones are too many to be ordered.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from functools import cached_property
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from darkreach.errors import OrderError
from darkreach.expression import Integer
from darkreach.forms import Kbn, Plain, palindromes
from darkreach.order.limits import check_size
from darkreach.order.orders import Order
from darkreach.order.ranges import Range

Rows = NDArray[np.int64]


class PalindromeOrder(Order):
    """Made by `Order.parse`."""

    @classmethod
    def of(cls, ranges: Mapping[str, str]) -> PalindromeOrder:
        """OrderError, in a line for a person, for anything but these ranges."""
        for name in sorted(
            ranges.keys() - {*palindromes.Palindrome.range_names()}, key=str
        ):
            raise OrderError(
                f"a range is given for {str(name)[:20]!r}; "
                "palindromes have the range digits, and base"
            )
        if "digits" not in ranges:
            raise OrderError("the range of digits is missing: give it as A:B")
        values = {"digits": Range.parse("digits", ranges["digits"])}
        if values["digits"].first < 1:
            raise OrderError("a number has at least 1 digit")
        base = Range.parse("base", ranges.get("base", "10"))
        if len(base) > 1 or not 2 <= base.first <= palindromes.LARGEST_BASE:
            raise OrderError(
                f"the base is one number from 2 to {palindromes.LARGEST_BASE}"
            )
        if base.first != 10:
            values["base"] = base
        if values["digits"].last > 1000:
            raise OrderError("palindromes of more than 1000 digits are too many")
        order = cls((), values, [])
        check_size([order.size])
        return order

    @property
    def form(self) -> str:
        return palindromes.NAME

    @property
    def is_kbn(self) -> bool:
        return False

    @property
    def expression(self) -> str:
        return palindromes.NAME

    @property
    def title(self) -> str:
        shown = [f"{name} = {values.text}" for name, values in self.ranges.items()]
        return ", ".join([f"{palindromes.NAME}s", *shown])

    @cached_property
    def base(self) -> int:
        return self.ranges["base"].first if "base" in self.ranges else 10

    @cached_property
    def _lengths(self) -> list[int]:
        return [int(d) for d in self.ranges["digits"].all().tolist()]

    @cached_property
    def _ends(self) -> list[int]:
        """The position behind the last number of each length."""
        return list(accumulate(palindromes.count(self.base, d) for d in self._lengths))

    @property
    def size(self) -> int:
        return self._ends[-1]

    @property
    def member_count(self) -> int:
        return 1

    @property
    def sequence_count(self) -> int:
        return self.size

    @property
    def max_bits(self) -> int:
        return self._number(self.size - 1).bit_length()

    @property
    def duplicates(self) -> Rows:
        return np.empty(0, dtype=np.int64)

    @property
    def not_candidates(self) -> Rows:
        """1, where it is ordered."""
        first = [0] if self._number(0) < 2 else []
        return np.array(first, dtype=np.int64)

    def assignment(self, index: int) -> dict[str, int]:
        """The length of the palindrome, its base, and its place among those of that
        length. IndexError outside the order."""
        if not 0 <= index < self.size:
            raise IndexError(f"position {index} is outside of {self.size} positions")
        where = bisect_right(self._ends, index)
        start = self._ends[where - 1] if where else 0
        found = {"digits": self._lengths[where], "place": index - start}
        return found | ({"base": self.base} if self.base != 10 else {})

    def members(self, index: int) -> list[Kbn | Plain]:
        return [Plain(Integer(self._number(index)))]

    def values(self, member: int, positions: Rows) -> Rows:
        values = np.empty(positions.size, dtype=np.int64)
        start = 0
        for length, end in zip(self._lengths, self._ends, strict=True):
            mine = (positions >= start) & (positions < end)
            places = positions[mine] - start
            values[mine] = palindromes.numbers(self.base, length, places)
            start = end
        return values

    def _number(self, index: int) -> int:
        found = self.assignment(index)
        return palindromes.number(self.base, found["digits"], found["place"])
