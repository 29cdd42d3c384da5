"""The values of an expression at one position after another, modulo many primes at
once.

A `Walk` goes through assignments and keeps, for every power, factorial and primorial in
the expression, the last argument and its residues: from n to n+1 costs b^n a
multiplication by b, and n! one by n+1. All arithmetic is numpy's on 64 bits, so the
primes are below 2^32. Where a prime divides a divisor inside the expression nothing can
be said; those entries are marked unsure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import gmpy2
import numpy as np
from numpy.typing import NDArray

from darkreach.expression import (
    Factorial,
    Integer,
    Node,
    Power,
    Primorial,
    Product,
    Sum,
    Variable,
    evaluate,
    variables,
)

#: Every prime is below.
PRIME_LIMIT = 2**32

Residues = NDArray[np.uint64]
Assignment = Mapping[str, int]

#: So many powers b^gap are remembered for one base.
_GAPS = 64


class Walk:
    """One expression modulo these primes."""

    def __init__(self, node: Node, primes: NDArray[np.int64]) -> None:
        self.node = node
        self.primes: Residues = primes.astype(np.uint64)
        self.unsure = np.zeros(primes.size, dtype=bool)
        self._one = np.ones(primes.size, dtype=np.uint64)
        self._constants: dict[int, Residues] = {}
        self._inverses: dict[int, tuple[Residues, NDArray[np.bool_]]] = {}
        self._powers: dict[int, tuple[int, int, Residues]] = {}
        self._gaps: dict[tuple[int, int], Residues] = {}
        self._products: dict[tuple[int, int], tuple[int, Residues]] = {}

    def at(self, assignment: Assignment) -> Residues:
        """The residues for these values of the variables; `unsure` says where they mean
        nothing. Cheapest when exponents and arguments ascend from call to call."""
        self.unsure[:] = False
        return self._value(self.node, assignment)

    def _value(self, node: Node, assignment: Assignment) -> Residues:
        match node:
            case Integer(value):
                return self._constant(value)
            case Variable(name):
                return self._reduced(assignment[name])
            case Sum(terms):
                return self._sum(terms, assignment)
            case Product(factors):
                return self._product(factors, assignment)
            case Power(base, exponent):
                return self._power(
                    node, base, int(evaluate(exponent, assignment)), assignment
                )
            case Factorial(operand, step):
                n = int(evaluate(operand, assignment))
                more = partial(_factorial_factors, step)
                return self._advance(node, n % step, n, more)
            case Primorial(operand):
                n = int(evaluate(operand, assignment))
                return self._advance(node, 0, n, _prime_factors)

    def _reduced(self, value: int) -> Residues:
        if 0 <= value < 2**63:
            return np.uint64(value) % self.primes
        # Limb by limb, most significant first.
        residue = np.zeros(self.primes.size, dtype=np.uint64)
        size = abs(value)
        shift = (size.bit_length() - 1) // 32 * 32
        while shift >= 0:
            limb = np.uint64(size >> shift & 0xFFFFFFFF)
            residue = ((residue << np.uint64(32)) | limb) % self.primes
            shift -= 32
        return residue if value >= 0 else (self.primes - residue) % self.primes

    def _constant(self, value: int) -> Residues:
        if value not in self._constants:
            self._constants[value] = self._reduced(value)
        return self._constants[value]

    def _sum(
        self, terms: tuple[tuple[int, Node], ...], assignment: Assignment
    ) -> Residues:
        total = np.zeros(self.primes.size, dtype=np.uint64)
        for sign, term in terms:
            value = self._value(term, assignment)
            total = total + (value if sign > 0 else self.primes - value)
        return total % self.primes

    def _product(
        self, factors: tuple[tuple[str, Node], ...], assignment: Assignment
    ) -> Residues:
        product: Residues | None = None
        for operator, factor in factors:
            if operator == "/":
                value = self._inverse(int(evaluate(factor, assignment)), factor)
            else:
                value = self._value(factor, assignment)
            product = value if product is None else product * value % self.primes
        assert product is not None
        return product

    def _inverse(self, divisor: int, factor: Node) -> Residues:
        if divisor not in self._inverses:
            if variables(factor):
                self._inverses.clear()  # another one at every position
            residue = self._reduced(divisor)
            self._inverses[divisor] = self._inverted(residue), residue == 0
        inverse, unsure = self._inverses[divisor]
        self.unsure |= unsure
        return inverse

    def _inverted(self, residue: Residues) -> Residues:
        """residue^(p-2), by square and multiply; 0 where the residue is 0."""
        result = self._one % self.primes
        exponent = self.primes - np.uint64(2)
        while exponent.any():
            odd = (exponent & np.uint64(1)).astype(bool)
            result = np.where(odd, result * residue % self.primes, result)
            residue = residue * residue % self.primes
            exponent = exponent >> np.uint64(1)
        return result

    def _raised(self, base: Residues, exponent: int) -> Residues:
        result = self._one % self.primes
        for bit in bin(exponent)[2:]:
            result = result * result % self.primes
            if bit == "1":
                result = result * base % self.primes
        return result

    def _power(
        self, node: Power, base: Node, exponent: int, assignment: Assignment
    ) -> Residues:
        if exponent < 0:
            raise ValueError("an exponent is negative")
        fixed = not variables(base)
        number = 0 if fixed else int(evaluate(base, assignment))
        known = self._powers.get(id(node))
        if known is None or known[0] != number or known[1] > exponent:
            residue = self._value(base, assignment)
            value = self._raised(residue, exponent)
            if not fixed:
                self._gaps.clear()
        else:
            gap = exponent - known[1]
            value = known[2]
            if gap:
                step = self._gap(node, base, gap, assignment)
                value = value * step % self.primes
        self._powers[id(node)] = number, exponent, value
        return value

    def _gap(
        self, node: Power, base: Node, gap: int, assignment: Assignment
    ) -> Residues:
        key = id(node), gap
        if key not in self._gaps:
            if len(self._gaps) >= _GAPS:
                self._gaps.clear()
            residue = self._value(base, assignment)
            self._gaps[key] = self._raised(residue, gap)
        return self._gaps[key]

    def _advance(
        self,
        node: Node,
        kind: int,
        last: int,
        factors: Callable[[int, int], Iterator[int]],
    ) -> Residues:
        """A product over ascending factors up to last, going on from the one before."""
        start, product = self._products.get((id(node), kind), (0, self._one))
        if start > last:
            start, product = 0, self._one
        for packed in _packed(factors(start, last)):
            product = product * (np.uint64(packed) % self.primes) % self.primes
        product = product % self.primes
        self._products[id(node), kind] = last, product
        return product


def _factorial_factors(step: int, start: int, last: int) -> Iterator[int]:
    """What n!step has at n = last and not at n = start, which is of the same class
    modulo step, or 0."""
    first = start + step if start else last % step or step
    return iter(range(first, last + 1, step))


def _prime_factors(start: int, last: int) -> Iterator[int]:
    """The primes in (start, last]."""
    prime = int(gmpy2.next_prime(start))
    while prime <= last:
        yield prime
        prime = int(gmpy2.next_prime(prime))


def _packed(factors: Iterator[int]) -> Iterator[int]:
    """Products of consecutive factors, each below 2^63."""
    product = 1
    for factor in factors:
        if product * factor >= 2**63:
            yield product
            product = 1
        product *= factor
    if product > 1:
        yield product
