"""Small questions about expressions, for the files of the forms."""

from __future__ import annotations

from darkreach.expression import Integer, Node, Product, Sum, Variable
from darkreach.forms.affine import Affine


def signed_one(node: Node) -> tuple[Node, int] | None:
    """(T, c) of an expression T+1 or T-1, in either order."""
    if not isinstance(node, Sum) or len(node.terms) != 2:
        return None
    for (sign, term), (c, one) in (node.terms, node.terms[::-1]):
        if sign == 1 and one == Integer(1):
            return term, c
    return None


def quotient(node: Node) -> tuple[Node, Node] | None:
    """(A, B) of an expression A/B."""
    match node:
        case Product((("*", numerator), ("/", divisor))):
            return numerator, divisor
    return None


def affine(node: Node) -> Affine | None:
    """An expression slope*variable + offset."""
    match node:
        case Integer(value):
            return Affine.constant(value)
        case Variable(name):
            return Affine(1, name, 0)
        case Sum(terms):
            total: Affine | None = Affine.constant(0)
            for sign, term in terms:
                part = affine(term)
                if total is None or part is None:
                    return None
                total = total.plus(part.scaled(sign))
            return total
        case Product(factors) if all(operator == "*" for operator, _ in factors):
            product: Affine | None = Affine.constant(1)
            for _, factor in factors:
                part = affine(factor)
                if product is None or part is None:
                    return None
                product = product.times(part)
            return product
    return None
