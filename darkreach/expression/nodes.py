"""What a parsed expression is made of. Sums and products are flat lists, so that a long
text does not make a deep tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Integer:
    value: int


@dataclass(frozen=True, slots=True)
class Variable:
    name: str


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms with their signs, +1 or -1."""

    terms: tuple[tuple[int, Node], ...]


@dataclass(frozen=True, slots=True)
class Product:
    """Factors with their operators, "*" or "/", taken from left to right."""

    factors: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Power:
    base: Node
    exponent: Node


@dataclass(frozen=True, slots=True)
class Factorial:
    """n * (n-step) * (n-2*step) * …, down to the last positive factor."""

    operand: Node
    step: int


@dataclass(frozen=True, slots=True)
class Primorial:
    """The product of the primes up to the operand."""

    operand: Node


Node = Integer | Variable | Sum | Product | Power | Factorial | Primorial


def parts(node: Node) -> Iterator[Node]:
    """The nodes directly below this one."""
    match node:
        case Sum(terms):
            yield from (term for _, term in terms)
        case Product(factors):
            yield from (factor for _, factor in factors)
        case Power(base, exponent):
            yield base
            yield exponent
        case Factorial(operand) | Primorial(operand):
            yield operand


def variables(node: Node) -> frozenset[str]:
    """The letters that need a value."""
    if isinstance(node, Variable):
        return frozenset(node.name)
    return frozenset().union(*(variables(part) for part in parts(node)))
