"""The numbers k*b^n+c of an order: k, b and n are constants or affine in one variable
each. k and n may share theirs: n*2^n+1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

import gmpy2

from darkreach.expression import Node, parse
from darkreach.forms.affine import Affine
from darkreach.forms.kbn import Kbn, root

#: Exponents that are further apart are not compared.
_MOST_STEPS = 1000


@dataclass(frozen=True, slots=True)
class Family:
    """coefficient * base^exponent + c, with c = +1 or -1."""

    coefficient: Affine
    base: Affine
    exponent: Affine
    c: int

    @property
    def variables(self) -> frozenset[str]:
        pieces = (self.coefficient, self.base, self.exponent)
        return frozenset(piece.variable for piece in pieces if piece.variable)

    @property
    def ranks(self) -> dict[str, int]:
        """How fast each variable runs in an order: that of the exponent fastest."""
        pieces = (self.base, self.coefficient, self.exponent)
        return {p.variable: rank for rank, p in enumerate(pieces) if p.variable}

    @property
    def text(self) -> str:
        """The canonical text: 3*2^(2*n+1)-1."""
        return f"{self.term}{self.c:+d}"

    @property
    def node(self) -> Node:
        """The canonical text, read."""
        return parse(self.text)[0]

    @property
    def term(self) -> str:
        """The text of k*b^n alone."""
        k, b, n = self.coefficient, self.base, self.exponent
        power = f"{_enclosed(b)}^{_enclosed(n)}"
        if k == Affine.constant(1):
            return power
        return f"{k.show() if not k.offset or k.is_atom else _enclosed(k)}*{power}"

    def member(self, assignment: Mapping[str, int]) -> Kbn:
        """The number for these values, normalised. ExpressionError if they give k < 1,
        b < 2 or n < 0."""
        k, b, n = (
            piece.at(assignment)
            for piece in (self.coefficient, self.base, self.exponent)
        )
        return Kbn(k, b, n, self.c).normalised()

    def rooted(self) -> Family:
        """The same numbers with a fixed base that is no perfect power."""
        if self.base.variable or self.base.offset < 2:
            return self
        base, power = root(self.base.offset)
        return Family(
            self.coefficient, Affine.constant(base), self.exponent.scaled(power), self.c
        )

    def folded(self) -> tuple[Family, str | None]:
        """The same numbers with a fixed base that is no perfect power and does not
        divide the coefficient, and the sentence that says what changed, if anything."""
        family = self.rooted()
        k, b = family.coefficient, family.base
        content = gcd(k.slope, k.offset)
        if b.variable or b.offset < 2 or not content:
            return self, None
        taken = int(gmpy2.remove(content, b.offset)[1])
        divisor = b.offset**taken
        family = Family(
            Affine(k.slope // divisor, k.variable, k.offset // divisor),
            b,
            Affine(
                family.exponent.slope,
                family.exponent.variable,
                family.exponent.offset + taken,
            ),
            self.c,
        )
        if family == self:
            return self, None
        reasons = []
        if b != self.base:
            reasons.append(f"b = {self.base.show()} is a perfect power")
        if taken:
            reasons.append(divisible(k.show(), b.offset))
        return family, f"{' and '.join(reasons)}: {self.text} = {family.text}"

    def is_proportional_to(self, other: Family) -> bool:
        """Whether k*b^n of the two have a fixed ratio, whatever the values."""
        a, b = self.coefficient, other.coefficient
        return (
            self.base == other.base
            and self.exponent.variable == other.exponent.variable
            and self.exponent.slope == other.exponent.slope
            and a.variable == b.variable
            and a.slope * b.offset == b.slope * a.offset
            and (self.base.variable is None or self.exponent == other.exponent)
        )

    def ratio_to(self, other: Family) -> Fraction | None:
        """How many times the k*b^n of another this one is, whatever the values; None if
        that depends on them, or is far from 1."""
        a, b = self.coefficient, other.coefficient
        divisor = b.slope or b.offset
        steps = self.exponent.offset - other.exponent.offset
        if (
            not divisor
            or abs(steps) > _MOST_STEPS
            or not self.is_proportional_to(other)
        ):
            return None
        power = Fraction(self.base.offset) ** steps if steps else 1
        return Fraction(a.slope or a.offset, divisor) * power


def divisible(k: str, b: int) -> str:
    """Why a k is normalised: "k = 12 is even"."""
    name = k if k == "k" else f"k = {k}"
    return f"{name} is even" if b == 2 else f"{name} is divisible by {b}"


def _enclosed(piece: Affine) -> str:
    return piece.show() if piece.is_atom else f"({piece.show()})"
