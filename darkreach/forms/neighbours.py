"""What algebra knows of N-1 and N+1: the factors that a proof of N can be built on.

Of n!+1 all primes of N-1 are known, of p#-1 those of N+1; of k*b^n+1 those of k and b;
of sums of powers of one base what `sparse` finds.
"""

from __future__ import annotations

from collections.abc import Iterator

import gmpy2

from darkreach.expression import (
    Factorial,
    Integer,
    Node,
    Power,
    Primorial,
    Product,
    Sum,
    evaluate,
    parse,
)
from darkreach.forms.sparse import Piece, minus, pieces, read_sparse

#: Constants in a sum are computed up to so many bits.
_CONSTANT_BITS = 10**5


def neighbour_pieces(expression: str, sign: int) -> Iterator[Piece]:
    """Factors of N - sign (sign = 1 or -1) for the number of this expression, small
    ones first. They need not be prime, nor is their product all of it."""
    node = parse(expression)[0]
    term = _product_beside(node, sign)
    if term is not None:
        yield from _of_product(term)
        return
    sparse = read_sparse(node)
    if sparse is not None:
        yield from pieces(minus(sparse, sign))
        return
    value = evaluate(node, {}) - sign
    if value > 1:
        yield Piece(value)


def _product_beside(node: Node, sign: int) -> Node | None:
    """T of an expression T + sign."""
    if not isinstance(node, Sum):
        return None
    moving = [(s, term) for s, term in node.terms if not isinstance(term, Integer)]
    constant = sum(
        s * term.value for s, term in node.terms if isinstance(term, Integer)
    )
    if len(moving) == 1 and moving[0][0] == 1 and constant == sign:
        return moving[0][1]
    return None


def _of_product(node: Node) -> Iterator[Piece]:
    """Factors of a product; what it is divided by takes away none of their primes, only
    of their multiplicity, which is not told here."""
    match node:
        case Product(factors):
            for operator, factor in factors:
                if operator == "*":
                    yield from _of_product(factor)
        case Power(base, _):
            yield from _of_product(base)
        case Factorial(operand, step):
            n = int(evaluate(operand, {}))
            if step == 1:
                yield from _primes_to(n)
            else:
                yield from (Piece(gmpy2.mpz(f)) for f in range(n, 1, -step))
        case Primorial(operand):
            yield from _primes_to(int(evaluate(operand, {})))
        case Integer(value) if value > 1:
            yield Piece(gmpy2.mpz(value))
        case Sum():
            sparse = read_sparse(node)
            if sparse is not None:
                yield from pieces(sparse)
            else:
                yield Piece(abs(evaluate(node, {})))


def _primes_to(last: int) -> Iterator[Piece]:
    prime = gmpy2.mpz(2)
    while prime <= last:
        yield Piece(prime)
        prime = gmpy2.next_prime(prime)
