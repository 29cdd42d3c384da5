"""The value of an expression, whole or modulo m, without ever building a number that is
too large: every size is bounded before the number is computed."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, lgamma, log, log2, prod

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

#: Largest number, in bits, that `evaluate` builds unless told otherwise.
MAX_BITS = 10**8
#: Largest exponent or divisor, in bits, when the value is wanted modulo m only.
_MAX_DIVISOR_BITS = 10**6
_MAX_EXPONENT_BITS = 4096
#: Factorials up to this many bits are built on the way to their remainder; of longer
#: ones so many factors are multiplied at a time.
_BUILT_BITS = 2**20
_AT_ONCE = 64

Assignment = Mapping[str, int]


def evaluate(node: Node, assignment: Assignment, max_bits: int = MAX_BITS) -> gmpy2.mpz:
    """The value. ExpressionError if a variable has no value, a division leaves a
    remainder, or a number on the way would have more than max_bits bits."""
    return _Evaluation(assignment, max_bits).value(node)


def evaluate_mod(node: Node, assignment: Assignment, m: int) -> int:
    """The value modulo m, between 0 and m-1. A power takes one modular power, so the
    number may be far larger than `evaluate` would build."""
    if m < 1:
        raise ValueError("the modulus must be positive")
    return int(_Residue(assignment).value(node, gmpy2.mpz(m)))


def size_bits(node: Node, assignment: Assignment) -> float:
    """An upper bound of log2 |value|, close but for divisions and cancellations;
    infinite when beyond all bounds. ExpressionError as in `evaluate`."""
    match node:
        case Integer() | Variable():
            return _log2(leaf_value(node, assignment))
        case Sum(terms):
            sizes = [size_bits(term, assignment) for _, term in terms]
            return max(sizes) + log2(len(sizes))
        case Product(factors):
            return sum(size_bits(f, assignment) for op, f in factors if op == "*")
        case Power(base, exponent):
            size = size_bits(base, assignment)
            times = exponent_value(exponent, assignment)
            if not size or not times:
                return 0.0
            return size * float(times) if times.bit_length() < 1000 else inf
        case Factorial(operand, step):
            return _factorial_bits(exponent_value(operand, assignment), step)
        case Primorial(operand):
            return _primorial_bits(exponent_value(operand, assignment))


class _Evaluation:
    """One evaluation; the work is bounded too, so that a long text cannot hang it."""

    def __init__(
        self, assignment: Assignment, max_bits: int, what: str = "this number"
    ) -> None:
        self.assignment = assignment
        self.max_bits = max_bits
        self.what = what
        self.work = 0.0

    def value(self, node: Node) -> gmpy2.mpz:
        match node:
            case Integer() | Variable():
                return self._bounded(leaf_value(node, self.assignment))
            case Sum(terms):
                return self._sum(terms)
            case Product(factors):
                return self._product(factors)
            case Power(base, exponent):
                return self._power(self.value(base), exponent)
            case Factorial(operand, step):
                n = exponent_value(operand, self.assignment)
                self._allow(_factorial_bits(n, step))
                return gmpy2.multi_fac(int(n), step)
            case Primorial(operand):
                n = exponent_value(operand, self.assignment)
                self._allow(_primorial_bits(n))
                return gmpy2.primorial(int(n))

    def _sum(self, terms: tuple[tuple[int, Node], ...]) -> gmpy2.mpz:
        total = gmpy2.mpz(0)
        for sign, term in terms:
            total += sign * self.value(term)
        return self._bounded(total)

    def _product(self, factors: tuple[tuple[str, Node], ...]) -> gmpy2.mpz:
        product = gmpy2.mpz(1)
        for operator, factor in factors:
            value = self.value(factor)
            if operator == "/":
                product = _divided(product, value)
            else:
                self._allow(product.bit_length() + value.bit_length())
                product *= value
        return product

    def _power(self, base: gmpy2.mpz, exponent: Node) -> gmpy2.mpz:
        times = exponent_value(exponent, self.assignment)
        if abs(base) <= 1:
            return base ** int(times if times < 2 else 2 + times % 2)
        size = _log2(base) * float(times) if times.bit_length() < 1000 else inf
        self._allow(size)
        return base ** int(times)

    def _bounded(self, value: gmpy2.mpz) -> gmpy2.mpz:
        self._allow(value.bit_length())
        return value

    def _allow(self, bits: float) -> None:
        self.work += bits
        if bits > self.max_bits:
            raise ExpressionError(
                f"{self.what} has more than {self.max_bits} bits, "
                "which is more than is computed here"
            )
        if self.work > 8 * self.max_bits:
            raise ExpressionError("this expression takes too long to compute")


class _Residue:
    """One evaluation modulo a number."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment

    def value(self, node: Node, m: gmpy2.mpz) -> gmpy2.mpz:
        match node:
            case Sum(terms):
                total = sum(sign * self.value(term, m) for sign, term in terms)
                return gmpy2.mpz(total) % m
            case Product(factors):
                return self._product(factors, m)
            case Power(base, exponent):
                times = exponent_value(exponent, self.assignment)
                return gmpy2.powmod(self.value(base, m), times, m)
            case Factorial(operand, step):
                n = exponent_value(operand, self.assignment)
                return _factorial_mod(int(n), step, m)
            case _:
                # A primorial is built: modulo m it is no shorter.
                return evaluate(node, self.assignment) % m

    def _product(
        self, factors: tuple[tuple[str, Node], ...], m: gmpy2.mpz
    ) -> gmpy2.mpz:
        # To divide by d modulo m, what is divided must be known modulo m*d.
        divisors = [
            evaluate(factor, self.assignment, _MAX_DIVISOR_BITS)
            for operator, factor in factors
            if operator == "/"
        ]
        if sum(d.bit_length() for d in divisors) > _MAX_DIVISOR_BITS:
            raise ExpressionError("this expression divides by too large a number")
        modulus = m
        for d in divisors:
            modulus *= abs(d)
        if not modulus:
            raise ExpressionError("this expression divides by zero")
        product, later = gmpy2.mpz(1), iter(divisors)
        for operator, factor in factors:
            if operator == "/":
                d = next(later)
                product = _divided(product, d)
                modulus //= abs(d)
            else:
                product = product * self.value(factor, modulus)
            product %= modulus
        return product


def leaf_value(node: Integer | Variable, assignment: Assignment) -> gmpy2.mpz:
    """The value of a number or variable."""
    if isinstance(node, Integer):
        return gmpy2.mpz(node.value)
    if node.name not in assignment:
        raise ExpressionError(f"the variable {node.name} has no value")
    return gmpy2.mpz(assignment[node.name])


def exponent_value(node: Node, assignment: Assignment) -> gmpy2.mpz:
    """The value of an exponent, or of what a factorial is taken of."""
    value = _Evaluation(assignment, _MAX_EXPONENT_BITS, "an exponent").value(node)
    if value < 0:
        raise ExpressionError(f"an exponent or factorial of {value} is negative")
    return value


def _divided(value: gmpy2.mpz, divisor: gmpy2.mpz) -> gmpy2.mpz:
    if not divisor:
        raise ExpressionError("this expression divides by zero")
    quotient, remainder = gmpy2.f_divmod(value, divisor)
    if remainder:
        raise ExpressionError(
            f"a division by {_short(divisor)} leaves a remainder; "
            "only whole numbers are computed"
        )
    return quotient


def _factorial_mod(n: int, step: int, m: gmpy2.mpz) -> gmpy2.mpz:
    """n!step modulo m. A large one is never built: the product takes a few bits of
    memory and a multiplication for each factor."""
    if step == 1 and n >= m:
        return gmpy2.mpz(0)
    bits = _factorial_bits(gmpy2.mpz(n), step)
    if bits < _BUILT_BITS:
        return gmpy2.multi_fac(n, step) % m
    if bits > MAX_BITS:
        raise ExpressionError(f"{n}! has more than {MAX_BITS} bits")
    product = gmpy2.mpz(1)
    for top in range(n, 0, -step * _AT_ONCE):
        piece = range(top, max(top - step * _AT_ONCE, 0), -step)
        product = product * prod(piece) % m
    return product


def _short(value: gmpy2.mpz) -> str:
    return value.digits() if value.bit_length() <= 100 else "a large number"


def _log2(value: gmpy2.mpz) -> float:
    return float(gmpy2.log2(abs(value))) if value else 0.0


def _factorial_bits(n: gmpy2.mpz, step: int) -> float:
    if n.bit_length() > 60:
        return inf
    return lgamma(n + 1) / log(2) / step + float(gmpy2.log2(n + 1)) + 1


def _primorial_bits(n: gmpy2.mpz) -> float:
    """theta(n) < 1.04 n (Rosser and Schoenfeld 1962, theorem 9: 1.01624 n)."""
    return inf if n.bit_length() > 60 else 1.04 * int(n) / log(2) + 1
