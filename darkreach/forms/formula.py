"""The free form: any expression with one or two variables, PFGW's syntax.

Whatever is not k*b^n+-1 (`family`) is a formula. Its numbers are members of one of the
other forms (`shapes` says which) or of none that has a road of its own; then a generic
sieve evaluates the expression modulo the primes, and a proof takes what factors of N-1
and N+1 algebra and trial division give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import gmpy2

from darkreach.expression import (
    Integer,
    Node,
    Power,
    Product,
    Sum,
    Variable,
    evaluate,
    show,
    substitute,
    variables,
)
from darkreach.expression.nodes import Factorial, Primorial, parts
from darkreach.forms.kbn import Kbn
from darkreach.forms.plain import Plain
from darkreach.forms.single import single


@dataclass(frozen=True)
class Formula:
    """The numbers of an expression for the values of its variables."""

    node: Node

    @cached_property
    def variables(self) -> frozenset[str]:
        return variables(self.node)

    @cached_property
    def text(self) -> str:
        """The canonical text."""
        return show(self.node)

    @cached_property
    def ranks(self) -> dict[str, int]:
        """How fast each variable runs in an order: those in exponents, factorials and
        primorials fastest."""
        inner = _inner_variables(self.node)
        return {name: 2 if name in inner else 1 for name in self.variables}

    @cached_property
    def divides(self) -> bool:
        """Whether there is a division in it, which may leave a remainder."""
        return _has_division(self.node)

    @cached_property
    def increases(self) -> bool:
        """Whether the number grows whenever a variable does, as far as the signs show:
        for values at least 1, and primes where a primorial is taken."""
        return _grows(self.node)

    def member(self, assignment: Mapping[str, int]) -> Kbn | Plain:
        """The number for these values. ExpressionError as for the expression."""
        return single(substitute(self.node, assignment))

    def exact(self, assignment: Mapping[str, int]) -> gmpy2.mpz:
        """The value itself, which may be negative. ExpressionError if not whole."""
        return evaluate(self.node, assignment)


def _inner_variables(node: Node) -> frozenset[str]:
    match node:
        case Power(base, exponent):
            return _inner_variables(base) | variables(exponent)
        case Factorial(operand) | Primorial(operand):
            return variables(operand)
    return frozenset().union(*(_inner_variables(part) for part in parts(node)))


def _has_division(node: Node) -> bool:
    if isinstance(node, Product) and any(o == "/" for o, _ in node.factors):
        return True
    return any(_has_division(part) for part in parts(node))


def _grows(node: Node) -> bool:
    """Rising but for constants that are taken away from all of it."""
    match node:
        case Sum(terms):
            return all(
                _grows(term) if sign > 0 else not variables(term)
                for sign, term in terms
            )
        case Product(factors):
            moving = [f for _, f in factors if variables(f)]
            fixed = [f for _, f in factors if not variables(f)]
            over = any(operator == "/" and variables(f) for operator, f in factors)
            if over or not all(_rises(f) for f in fixed):
                return False
            return _grows(moving[0]) if len(moving) == 1 else all(map(_rises, moving))
        case Power(Integer(base), exponent):
            return base >= 2 and _grows(exponent)
        case _:
            return _rises(node)


def _rises(node: Node) -> bool:
    """Positive, and strictly larger for a larger value of each variable in it."""
    match node:
        case Integer(value):
            return value >= 1
        case Variable():
            return True
        case Sum(terms):
            return all(sign > 0 and _rises(term) for sign, term in terms)
        case Product(factors):
            return all(operator == "*" and _rises(f) for operator, f in factors)
        case Power(Integer(base), exponent):
            return base >= 2 and _grows(exponent)
        case Power(base, exponent):
            return _rises(base) and _rises(exponent)
        case Factorial(operand):
            return _rises(operand)
        case Primorial(operand):
            return operand == Variable("p") or not variables(operand)
    return False
