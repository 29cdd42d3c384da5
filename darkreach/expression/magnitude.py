"""How large the value of an expression is, without building it.

The expression is computed in floating point of 384 bits with an exponent that never
overflows. Every operation is right to a relative 2^-383; a power b^n multiplies the
error of b by n < 2^64, and sums in which the leading bits cancel are given up. So the
first 200 bits are right, which decides bits, digits, order and sign of all numbers but
those within 2^-150 of a power of the radix.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gmpy2

from darkreach.errors import ExpressionError
from darkreach.expression.evaluate import (
    MAX_BITS,
    exponent_value,
    leaf_value,
    size_bits,
)
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

_PRECISION = 384
_LARGEST_EXPONENT = 2**61
#: A sum may lose this many leading bits.
_CANCELLED = 100
#: Smaller factorials are built faster.
_GAMMA_FROM = 1000
#: How near to a power of the radix a number is not trusted to be above or below it.
_NEAR = gmpy2.mpfr(2) ** -150


def magnitude(node: Node, assignment: Mapping[str, int]) -> Any | None:
    """The value as gmpy2.mpfr, right to about 2^-200 of it; None where leading bits
    cancel. ExpressionError for a variable without a value, or a negative exponent."""
    context = gmpy2.context(
        precision=_PRECISION, emax=_LARGEST_EXPONENT, emin=-_LARGEST_EXPONENT
    )
    with context:
        return _float(node, assignment)


def length(value: Any, radix: int) -> int | None:
    """The digits in the radix of a number > 0 given by its magnitude; None so near to a
    power of the radix that the float does not decide."""
    context = gmpy2.context(
        precision=_PRECISION, emax=_LARGEST_EXPONENT, emin=-_LARGEST_EXPONENT
    )
    with context:
        logarithm = gmpy2.log(value) / gmpy2.log(gmpy2.mpfr(radix))
        if abs(logarithm - gmpy2.rint(logarithm)) <= _NEAR:
            return None
        return int(gmpy2.floor(logarithm)) + 1


def _float(node: Node, assignment: Mapping[str, int]) -> Any | None:
    match node:
        case Integer() | Variable():
            return gmpy2.mpfr(leaf_value(node, assignment))
        case Sum(terms):
            return _sum([(s, _float(term, assignment)) for s, term in terms])
        case Product(factors):
            return _product([(o, _float(f, assignment)) for o, f in factors])
        case Power(base, exponent):
            value = _float(base, assignment)
            times = exponent_value(exponent, assignment)
            return None if value is None else value ** gmpy2.mpz(times)
        case Factorial(operand, step):
            n = _bounded(node, operand, assignment)
            if step == 1 and n > _GAMMA_FROM:
                return gmpy2.gamma(gmpy2.mpfr(n + 1))
            return gmpy2.mpfr(gmpy2.multi_fac(n, step))
        case Primorial(operand):
            n = _bounded(node, operand, assignment)
            return gmpy2.mpfr(gmpy2.primorial(n))


def _bounded(node: Node, operand: Node, assignment: Mapping[str, int]) -> int:
    """What a factorial or primorial is taken of, small enough that it can be built."""
    if size_bits(node, assignment) > MAX_BITS:
        raise ExpressionError(
            f"a factorial or primorial has more than {MAX_BITS} bits, which is more "
            "than is computed here"
        )
    return int(exponent_value(operand, assignment))


def _sum(terms: list[tuple[int, Any | None]]) -> Any | None:
    total, largest = gmpy2.mpfr(0), gmpy2.mpfr(0)
    for sign, term in terms:
        if term is None:
            return None
        total += sign * term
        largest = max(largest, abs(term))
    if abs(total) * 2**_CANCELLED < largest:
        return None
    return total


def _product(factors: list[tuple[str, Any | None]]) -> Any | None:
    product = gmpy2.mpfr(1)
    for operator, factor in factors:
        if factor is None or (operator == "/" and factor == 0):
            return None
        product = product * factor if operator == "*" else product / factor
    return product
