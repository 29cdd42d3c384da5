"""Reads k*b^n+1 and k*b^n-1 out of any spelling of it.

The expression is computed with two kinds of value: affine ones (`Affine`) and terms
coefficient * base^exponent + constant, where coefficient, base and exponent are affine.
What leaves this domain is `Unlike` the form. Powers of fixed numbers stay terms, so
that 2^50 in k*2^50+1 is the power and not a long number; they become numbers where
needed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import gmpy2

from darkreach.expression import (
    Factorial,
    Integer,
    Node,
    Power,
    Primorial,
    Product,
    Sum,
    Variable,
)
from darkreach.forms.affine import Affine
from darkreach.forms.family import Family

#: Constants of more bits are not built while an expression is read.
_MAX_BITS = 10**5


class Unlike(Exception):
    """The expression is not of this form; the message is why."""


@dataclass(frozen=True, slots=True)
class _Term:
    coefficient: Affine
    base: Affine
    exponent: Affine
    constant: int


_Value = Affine | _Term

_ONE = Affine.constant(1)


def read(node: Node) -> Family:
    """The form of the expression; Unlike if it is none. Parameters are not checked
    here: k, b and n may be out of range, as they may for the values of a variable."""
    value = _read(node)
    if isinstance(value, Affine):
        raise Unlike("there is no power in it")
    if value.constant not in (1, -1):
        short = value.constant.bit_length() <= 64
        constant = str(value.constant) if short else "a long number"
        raise Unlike(f"what is added to the power is {constant}, not 1 or -1")
    pieces = (value.coefficient, value.base, value.exponent)
    base = value.base.variable
    if base and base in (value.coefficient.variable, value.exponent.variable):
        raise Unlike(f"{base} stands in the base and in another place of k*b^n")
    return Family(*pieces, value.constant)


def _read(node: Node) -> _Value:
    match node:
        case Integer(value):
            return _bounded(Affine.constant(value))
        case Variable(name):
            return Affine(1, name, 0)
        case Sum(terms):
            total: _Value = Affine.constant(0)
            for sign, term in terms:
                total = _sum(total, _product(Affine.constant(sign), _read(term)))
            return total
        case Product(factors):
            product: _Value = _ONE
            for operator, factor in factors:
                other = _read(factor)
                product = (_quotient if operator == "/" else _product)(product, other)
            return product
        case Power(base, exponent):
            return _power(_read(base), _affine(_read(exponent), "an exponent"))
        case Factorial() | Primorial():
            raise Unlike("factorials and primorials are other forms")


def _sum(a: _Value, b: _Value) -> _Value:
    if isinstance(a, _Term) and isinstance(b, _Term):
        a, b = _one_collapsed(a, b, "two powers are added")
    if isinstance(a, Affine) and isinstance(b, Affine):
        total = a.plus(b)
        if total is None:
            raise Unlike("two variables are added")
        return _bounded(total)
    term, affine = (a, b) if isinstance(a, _Term) else (b, a)
    assert isinstance(term, _Term) and isinstance(affine, Affine)
    if affine.variable is None:
        return replace(term, constant=term.constant + affine.offset)
    number = _collapsed(term)
    if number is None:
        raise Unlike(f"{affine.variable} is added to a power")
    return _sum(number, affine)


def _product(a: _Value, b: _Value) -> _Value:
    if isinstance(a, _Term) and isinstance(b, _Term):
        return _product_of_terms(a, b)
    if isinstance(a, Affine) and isinstance(b, Affine):
        return _affine_product(a, b)
    term, affine = (a, b) if isinstance(a, _Term) else (b, a)
    assert isinstance(term, _Term) and isinstance(affine, Affine)
    if affine.variable is not None and term.constant:
        raise Unlike(f"{affine.variable} multiplies a sum")
    return replace(
        term,
        coefficient=_affine_product(term.coefficient, affine),
        constant=term.constant * affine.offset,
    )


def _product_of_terms(a: _Term, b: _Term) -> _Value:
    if not (a.constant or b.constant):
        a, b = _same_base(a, b)
        coefficient = _affine_product(a.coefficient, b.coefficient)
        exponent = a.exponent.plus(b.exponent)
        if a.base == b.base and exponent is not None:
            return _Term(coefficient, a.base, exponent, 0)
        if a.exponent == b.exponent and (base := a.base.times(b.base)):
            return _Term(coefficient, _bounded(base), a.exponent, 0)
    return _product(*_one_collapsed(a, b, "two different powers are multiplied"))


def _same_base(a: _Term, b: _Term) -> tuple[_Term, _Term]:
    """The same two terms, with one base if theirs are powers of one number."""
    pair = [Family(t.coefficient, t.base, t.exponent, 1).rooted() for t in (a, b)]
    if pair[0].base != pair[1].base:
        return a, b
    first, second = (_Term(f.coefficient, f.base, f.exponent, 0) for f in pair)
    return first, second


def _quotient(a: _Value, b: _Value) -> _Value:
    divisor = _affine(b, "a divisor")
    if divisor.variable or not divisor.offset:
        raise Unlike("it is divided by something else than a number")
    d = divisor.offset
    if isinstance(a, Affine):
        return _divided(a, d)
    if a.constant % d:
        raise Unlike("it is divided by a number, and that is another form")
    coefficient = _divided(a.coefficient, d)
    return replace(a, coefficient=coefficient, constant=a.constant // d)


def _divided(a: Affine, d: int) -> Affine:
    if a.slope % d or a.offset % d:
        raise Unlike(f"{a.show()[:40]} is not divisible by {d}")
    return Affine(a.slope // d, a.variable, a.offset // d)


def _power(base: _Value, exponent: Affine) -> _Value:
    if isinstance(base, Affine):
        return _Term(_ONE, base, exponent, 0)
    if base.coefficient == _ONE and not base.constant:
        product = _affine_product(base.exponent, exponent)
        return _Term(_ONE, base.base, product, 0)
    number = _collapsed(base)
    if number is not None:
        return _Term(_ONE, number, exponent, 0)
    raise Unlike("a power of a product or of a sum")


def _affine(value: _Value, what: str) -> Affine:
    if isinstance(value, Affine):
        return value
    number = _collapsed(value)
    if number is None:
        raise Unlike(f"{what} may not hold a power of a variable, or a huge number")
    return number


def _affine_product(a: Affine, b: Affine) -> Affine:
    product = a.times(b)
    if product is None:
        names = sorted({str(a.variable), str(b.variable)})
        raise Unlike(f"a product of {' and '.join(names)}, or of one with itself")
    return _bounded(product)


def _one_collapsed(a: _Term, b: _Term, why: str) -> tuple[Affine, _Term]:
    """One of the two without its power, the smaller one if both can do without."""
    affine = [(c, other) for t, other in ((a, b), (b, a)) if (c := _collapsed(t))]
    if not affine:
        raise Unlike(why)
    return min(affine, key=lambda pair: abs(pair[0].slope) + abs(pair[0].offset))


def _collapsed(term: _Term) -> Affine | None:
    """The term with its power computed; None if that has a variable or is large."""
    b, n = term.base.offset, term.exponent.offset
    if term.base.variable or term.exponent.variable:
        return None
    if n < 0 or n * b.bit_length() > _MAX_BITS:
        return None
    number = term.coefficient.scaled(int(gmpy2.mpz(b) ** n))
    return _bounded(replace(number, offset=number.offset + term.constant))


def _bounded(value: Affine) -> Affine:
    if max(value.slope.bit_length(), value.offset.bit_length()) > _MAX_BITS:
        raise Unlike(f"a constant has more than {_MAX_BITS} bits")
    return value
