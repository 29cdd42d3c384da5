"""Numbers put in the place of variables."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from darkreach.errors import ExpressionError
from darkreach.expression.nodes import (
    Factorial,
    Integer,
    Node,
    Power,
    Primorial,
    Product,
    Sum,
    Variable,
)

#: Plain sums and products are computed up to this many bits.
_SHORT_BITS = 256


def substitute(node: Node, assignment: Mapping[str, int]) -> Node:
    """The expression of the number for these values. Sums and products of nothing but
    whole numbers are computed, powers, factorials and primorials stay as they are:
    10^(2*n+1)-1 gives 10^7-1. ExpressionError if a variable has no value."""
    match node:
        case Integer():
            return node
        case Variable(name):
            if name not in assignment:
                raise ExpressionError(f"the variable {name} has no value")
            return Integer(assignment[name])
        case Sum(terms):
            return _sum(tuple((s, substitute(t, assignment)) for s, t in terms))
        case Product(factors):
            return _product(tuple((o, substitute(f, assignment)) for o, f in factors))
        case Power(base, exponent):
            return Power(substitute(base, assignment), substitute(exponent, assignment))
        case Factorial(operand, step):
            return Factorial(substitute(operand, assignment), step)
        case Primorial(operand):
            return Primorial(substitute(operand, assignment))


def _sum(terms: tuple[tuple[int, Node], ...]) -> Node:
    values = [sign * term.value for sign, term in terms if isinstance(term, Integer)]
    total = sum(values)
    if len(values) == len(terms) and _is_short(total):
        return Integer(total)
    return Sum(terms)


def _product(factors: tuple[tuple[str, Node], ...]) -> Node:
    values = [f.value for o, f in factors if o == "*" and isinstance(f, Integer)]
    if len(values) == len(factors):
        product = prod(values)
        if _is_short(product):
            return Integer(product)
    return Product(factors)


def _is_short(value: int) -> bool:
    """A negative number has no text of its own."""
    return bool(0 <= value < 2**_SHORT_BITS)
