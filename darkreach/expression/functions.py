"""PFGW's functions R(n), R(n,b) and Phi(n,x), written out in sums and powers.

R(n,b) = (b^n-1)/(b-1), b = 10 if not given. Phi(n,x) is the n-th cyclotomic polynomial
at x: the product of (x^d-1)^mu(n/d) over the divisors d of n.
"""

from __future__ import annotations

from darkreach.errors import ExpressionError
from darkreach.expression.nodes import Integer, Node, Power, Product, Sum

#: Largest n of Phi(n,x), and the most terms that are written as a sum.
LARGEST_INDEX = 10**6
_MOST_TERMS = 16
_LARGEST_SUM = 1000

_ONE, _TEN = Integer(1), Integer(10)


def call(name: str, arguments: list[Node]) -> Node:
    """The expression for a function; `name` is R or Phi. ExpressionError for arguments
    that it does not take."""
    if name == "R" and len(arguments) in (1, 2):
        return _repunit(*arguments)
    if name == "Phi" and len(arguments) == 2:
        return _cyclotomic(*arguments)
    raise ExpressionError("functions here are R(n), R(n,b) and Phi(n,x)")


def _repunit(exponent: Node, base: Node = _TEN) -> Node:
    below = _less_one(base)
    if below == _ONE:
        return _less_one(Power(base, exponent))
    return Product((("*", _less_one(Power(base, exponent))), ("/", below)))


def _less_one(node: Node) -> Node:
    if isinstance(node, Integer) and node.value > 0:
        return Integer(node.value - 1)
    return Sum(((1, node), (-1, _ONE)))


def _cyclotomic(index: Node, x: Node) -> Node:
    if not isinstance(index, Integer) or not 1 <= index.value <= LARGEST_INDEX:
        raise ExpressionError(
            f"in Phi(n,x), n is a whole number from 1 to {LARGEST_INDEX}"
        )
    n = index.value
    if n <= _LARGEST_SUM:
        terms = {e: c for e, c in enumerate(_coefficients(n)) if c}
        if len(terms) <= _MOST_TERMS:
            return _sum(terms, x)
    above = [d for d in _divisors(n) if _mobius(n // d) == 1]
    below = [d for d in _divisors(n) if _mobius(n // d) == -1]
    factors = [("*", _less_one(_power(x, d))) for d in above]
    factors += [("/", _less_one(_power(x, d))) for d in below]
    return Product(tuple(factors)) if len(factors) > 1 else factors[0][1]


def _sum(terms: dict[int, int], x: Node) -> Node:
    """The polynomial with these coefficients, the highest power first."""
    flips = False
    match x:
        case Sum(((-1, inner),)):
            x, flips = inner, True
    found: list[tuple[int, Node]] = []
    for exponent in sorted(terms, reverse=True):
        coefficient = -terms[exponent] if flips and exponent % 2 else terms[exponent]
        size = Integer(abs(coefficient))
        term = _power(x, exponent) if exponent else size
        if exponent and size != _ONE:
            term = Product((("*", size), ("*", term)))
        found.append((1 if coefficient > 0 else -1, term))
    return Sum(tuple(found))


def _power(x: Node, exponent: int) -> Node:
    """x^exponent; of a power the exponents are multiplied."""
    if exponent == 1:
        return x
    match x:
        case Power(base, Integer(inner)):
            return Power(base, Integer(inner * exponent))
        case Power(base, inner):
            return Power(base, Product((("*", Integer(exponent)), ("*", inner))))
    return Power(x, Integer(exponent))


def _coefficients(n: int) -> list[int]:
    """Those of the n-th cyclotomic polynomial, the lowest first."""
    numerator, denominator = [1], [1]
    for d in _divisors(n):
        if _mobius(n // d) == 1:
            numerator = _times(numerator, d)
        elif _mobius(n // d) == -1:
            denominator = _times(denominator, d)
    quotient = [0] * (len(numerator) - len(denominator) + 1)
    for place in range(len(quotient)):
        # The lowest coefficient of the denominator is 1 or -1.
        quotient[place] = numerator[place] // denominator[0]
        for offset, c in enumerate(denominator):
            numerator[place + offset] -= quotient[place] * c
    return quotient


def _times(polynomial: list[int], d: int) -> list[int]:
    """polynomial * (x^d - 1)."""
    product = [0] * d + polynomial
    for place, c in enumerate(polynomial):
        product[place] -= c
    return product


def _divisors(n: int) -> list[int]:
    return [d for d in range(1, n + 1) if n % d == 0]


def _mobius(n: int) -> int:
    sign, prime = 1, 2
    while prime * prime <= n:
        if n % prime == 0:
            n //= prime
            if n % prime == 0:
                return 0
            sign = -sign
        prime += 1
    return -sign if n > 1 else sign
