"""slope*variable + offset: what k, b and n of a form may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gmpy2
import numpy as np
from numpy.typing import NDArray

_INT64_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Affine:
    """Without a variable (None) it is the constant offset, and slope is 0."""

    slope: int
    variable: str | None
    offset: int

    @classmethod
    def constant(cls, value: int) -> Affine:
        return cls(0, None, value)

    def scaled(self, factor: int) -> Affine:
        if factor == 0:
            return Affine.constant(0)
        return Affine(self.slope * factor, self.variable, self.offset * factor)

    def plus(self, other: Affine) -> Affine | None:
        """The sum; None if it would have two variables."""
        if self.variable and other.variable and self.variable != other.variable:
            return None
        slope = self.slope + other.slope
        name = (self.variable or other.variable) if slope else None
        return Affine(slope, name, self.offset + other.offset)

    def times(self, other: Affine) -> Affine | None:
        """The product; None if it would have a variable twice or two of them."""
        if self.variable and other.variable:
            return None
        if self.variable:
            return self.scaled(other.offset)
        return other.scaled(self.offset)

    def at(self, assignment: Mapping[str, int]) -> int:
        if self.variable is None:
            return self.offset
        return self.slope * assignment[self.variable] + self.offset

    def over(self, values: NDArray[np.int64]) -> NDArray[Any]:
        """The value for each value of the variable: int64 if all fit, else objects."""
        ends = (int(values.min()), int(values.max())) if values.size else (0,)
        sizes = [abs(self.slope * end) + abs(self.offset) for end in ends]
        if max(*sizes, abs(self.slope)) <= _INT64_MAX:
            return self.slope * values + self.offset
        return self.slope * values.astype(object) + self.offset

    def show(self) -> str:
        """2*k-1, without parentheses around it."""
        if self.variable is None:
            return str(gmpy2.mpz(self.offset))
        text = self.variable
        if abs(self.slope) != 1:
            text = f"{gmpy2.mpz(abs(self.slope))}*{text}"
        offset = str(gmpy2.mpz(abs(self.offset)))
        if self.slope < 0:
            return f"{'-' if self.offset < 0 else ''}{offset}-{text}"
        if self.offset == 0:
            return text
        return f"{text}{'-' if self.offset < 0 else '+'}{offset}"

    @property
    def is_atom(self) -> bool:
        """Whether its text is a single number or letter."""
        return self.variable is None or (self.slope == 1 and self.offset == 0)
