"""Numbers that are a short sum of powers of one base: (10^53-10^26-1), (2^61+1)/3.

Such a number is a polynomial with few terms at the base, over a small divisor. So are
its neighbours N-1 and N+1, and algebra knows many of their factors: the power of the
base that all terms share, and of b^m-1 and b^m+1 the values of the cyclotomic
polynomials (Brillhart, Lehmer, Selfridge, Tuckerman, Wagstaff 1988).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd

import gmpy2

from darkreach.expression import Integer, Node, Power, Product, Sum, evaluate, size_bits
from darkreach.forms.kbn import root

#: Longer sums are not multiplied out, and longer constants not taken for terms.
_MOST_TERMS = 64
_CONSTANT_BITS = 10**5
#: Powers up to this size become constants where another base is the base.
_SHORT_BITS = 256
#: b^m+-1 with more divisors of m than this is left as it is.
_MOST_DIVISORS = 2000


@dataclass(frozen=True)
class Sparse:
    """sum(coefficient * base^exponent) / divisor; base 0 if there is no power."""

    base: int
    terms: dict[int, int]
    divisor: int = 1


@dataclass(frozen=True)
class Piece:
    """A factor > 1 of a number. Its primes are 1 modulo `order`, or divide it."""

    value: gmpy2.mpz
    order: int = 1


def read_sparse(node: Node) -> Sparse | None:
    """The number of an expression without variables; None if it is not so short, or has
    powers of two bases."""
    match node:
        case Integer(value):
            return _constant(value)
        case Power(Integer(base), Integer(exponent)) if base >= 2:
            r, times = root(base)
            return Sparse(r, {exponent * times: 1})
        case Power(base, Integer(exponent)) if 1 <= exponent <= _MOST_TERMS:
            factor = read_sparse(base)
            power = _constant(1)
            for _ in range(exponent):
                power = _product(power, factor)
            return power
        case Sum(terms):
            total: Sparse | None = _constant(0)
            for sign, term in terms:
                total = _sum(total, sign, read_sparse(term))
            return total
        case Product(factors):
            product: Sparse | None = _constant(1)
            for operator, part in factors:
                if operator == "/":
                    product = _quotient(product, part)
                else:
                    product = _product(product, read_sparse(part))
            return product
    return None


def minus(number: Sparse, constant: int) -> Sparse:
    """The number less a constant."""
    terms = dict(number.terms)
    terms[0] = terms.get(0, 0) - constant * number.divisor
    return Sparse(number.base, {e: c for e, c in terms.items() if c}, number.divisor)


def pieces(number: Sparse) -> Iterator[Piece]:
    """Factors of a positive number times its divisor, small ones first."""
    if not number.terms:
        return
    content = gcd(*number.terms.values())
    low = min(number.terms)
    yield from _worth(Piece(gmpy2.mpz(content)))
    if low and number.base:
        yield Piece(gmpy2.mpz(number.base))
    rest = {e - low: c // content for e, c in number.terms.items()}
    power = max(rest)
    if len(rest) == 2 and abs(rest[0]) == 1 and rest[power] == 1:
        yield from cyclotomic(number.base, power, -rest[0])
        return
    total = sum(c * gmpy2.mpz(number.base) ** e for e, c in rest.items())
    yield from _worth(Piece(gmpy2.mpz(abs(total))))


def cyclotomic(base: int, power: int, sign: int) -> Iterator[Piece]:
    """The algebraic factors of base^power - sign, sign = 1 or -1."""
    known: dict[int, gmpy2.mpz] = {}
    divisors = _divisors(power if sign == 1 else 2 * power)
    if len(divisors) > _MOST_DIVISORS:
        yield Piece(gmpy2.mpz(base) ** power - sign)
        return
    for d in divisors:
        value = gmpy2.mpz(base) ** d - 1
        for e, part in known.items():
            if d % e == 0:
                value //= part
        known[d] = value
        if sign == 1 or power % d:
            yield from _aurifeuillian(base, d, value)


def _aurifeuillian(base: int, d: int, value: gmpy2.mpz) -> Iterator[Piece]:
    """2^(2h)+1 = (2^h - 2^((h+1)/2) + 1)(2^h + 2^((h+1)/2) + 1) for odd h."""
    if base == 2 and d % 8 == 4:
        h = d // 4
        part = gmpy2.gcd(value, (1 << h) - (1 << (h + 1) // 2) + 1)
        if 1 < part < value:
            yield Piece(part, d)
            value //= part
    yield from _worth(Piece(value, d))


def _worth(piece: Piece) -> Iterator[Piece]:
    if piece.value > 1:
        yield piece


def _divisors(number: int) -> list[int]:
    small = [d for d in range(1, int(gmpy2.isqrt(number)) + 1) if number % d == 0]
    return sorted({*small, *(number // d for d in small)})


def _constant(value: int) -> Sparse | None:
    if value.bit_length() > _CONSTANT_BITS:
        return None
    return Sparse(0, {0: value} if value else {})


def _alike(a: Sparse, b: Sparse) -> tuple[int, Sparse, Sparse] | None:
    """The two over one base; None if they have none."""
    if a.base == b.base or not b.base:
        return a.base, a, b
    if not a.base:
        return b.base, a, b
    for first, second in ((a, b), (b, a)):
        short = _short(first)
        if short is not None:
            pair = (short, second) if first is a else (second, short)
            return second.base, *pair
    return None


def _short(number: Sparse) -> Sparse | None:
    """A number without its base, if it is short."""
    if max(number.terms, default=0) * number.base.bit_length() > _SHORT_BITS:
        return None
    total = sum(c * number.base**e for e, c in number.terms.items())
    return Sparse(0, {0: total} if total else {}, number.divisor)


def _sum(a: Sparse | None, sign: int, b: Sparse | None) -> Sparse | None:
    pair = _alike(a, b) if a and b else None
    if pair is None:
        return None
    base, first, second = pair
    divisor = first.divisor * second.divisor
    terms = {e: c * second.divisor for e, c in first.terms.items()}
    for e, c in second.terms.items():
        terms[e] = terms.get(e, 0) + sign * c * first.divisor
    return Sparse(base, {e: c for e, c in terms.items() if c}, divisor)


def _product(a: Sparse | None, b: Sparse | None) -> Sparse | None:
    pair = _alike(a, b) if a and b else None
    if pair is None:
        return None
    base, first, second = pair
    if len(first.terms) * len(second.terms) > _MOST_TERMS:
        return None
    terms: dict[int, int] = {}
    for e, c in first.terms.items():
        for f, d in second.terms.items():
            terms[e + f] = terms.get(e + f, 0) + c * d
    divisor = first.divisor * second.divisor
    return Sparse(base, {e: c for e, c in terms.items() if c}, divisor)


def _quotient(a: Sparse | None, factor: Node) -> Sparse | None:
    if a is None or size_bits(factor, {}) > _SHORT_BITS:
        return None
    divisor = int(evaluate(factor, {}))
    return Sparse(a.base, a.terms, a.divisor * divisor) if divisor > 0 else None
