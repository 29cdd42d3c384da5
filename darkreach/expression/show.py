"""Writes expressions. The canonical text has no spaces, every * written out and every
tower in parentheses, so that PFGW (towers from the left) and PARI/GP (from the right)
read the same number; the dialects differ only in factorials and primorials, and t5k.org
writes a repunit to base 10 as R(n)."""

from __future__ import annotations

from typing import Literal

import gmpy2

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

Dialect = Literal["canonical", "pfgw", "pari", "t5k"]


def show(node: Node, dialect: Dialect = "canonical") -> str:
    """The text of the expression; `parse` reads its canonical text back to an equal
    one. ExpressionError if the dialect has no words for it."""
    match node:
        case Product((("*", ten_to_n), ("/", Integer(9)))) if (
            dialect == "t5k" and (exponent := _repunit_exponent(ten_to_n)) is not None
        ):
            return f"R({show(exponent, dialect)})"
        case Integer(value):
            return str(gmpy2.mpz(value))
        case Variable(name):
            return name
        case Sum(terms):
            text = "".join(
                ("+" if sign > 0 else "-") + _inside(term, dialect, Sum)
                for sign, term in terms
            )
            # A first term is never written with a plus, but a lone sum of one term is.
            return text.removeprefix("+")
        case Product(factors):
            text = "".join(
                operator + _inside(factor, dialect, Sum, Product)
                for operator, factor in factors
            )
            return text.removeprefix("*")
        case Power(base, exponent):
            return f"{_atom(base, dialect)}^{_atom(exponent, dialect)}"
        case Primorial(operand):
            if dialect == "pari":
                return f"vecprod(primes([2,{show(operand, dialect)}]))"
            return f"{_atom(operand, dialect)}#"
        case Factorial(operand, step):
            if step > 1 and dialect == "pari":
                raise ExpressionError("PARI/GP has no multifactorial")
            return f"{_atom(operand, dialect)}!{step if step > 1 else ''}"


def _repunit_exponent(node: Node) -> Node | None:
    """n of 10^n-1."""
    match node:
        case Sum(((1, Power(Integer(10), exponent)), (-1, Integer(1)))):
            return exponent
    return None


def _inside(node: Node, dialect: Dialect, *wrapped: type[Sum] | type[Product]) -> str:
    text = show(node, dialect)
    return f"({text})" if isinstance(node, wrapped) else text


def _atom(node: Node, dialect: Dialect) -> str:
    text = show(node, dialect)
    return text if isinstance(node, Integer | Variable) else f"({text})"
