"""Arithmetic that flips a bit: in what an operation returns, or in the tables."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import gmpy2
import numpy as np

from darkreach.arithmetic import choice
from darkreach.arithmetic.fft.engine import Engine
from darkreach.arithmetic.gmp import Division, Multiple, Shift
from darkreach.arithmetic.guarded import Guarded, Residue
from darkreach.arithmetic.padded import Padded
from darkreach.arithmetic.roads import Weighted
from darkreach.forms.divided import divided
from darkreach.forms.kbn import Kbn

#: Operations of a modulus that return a residue: those of powers, of Lucas ladders, of
#: the LLR test. A chain squares in one call or another, as its exponent has it.
SQUARINGS = ("square_many", "climb")
OPERATIONS = (*SQUARINGS, "multiply", "load")
OF_LADDERS = ("multiply", "square_add", "subtract", "scale", "load")
OF_LLR = ("lucas_many", "multiply", "subtract", "load")


class Counting:
    """No fault: how often is each operation called?"""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def strike(self, operation: str, result: Any) -> Any:
        self.calls[operation] += 1
        return result


class Fault:
    """One bit flipped after so many calls of some operations, once."""

    def __init__(
        self, operations: tuple[str, ...], after: int, generator: random.Random
    ) -> None:
        self.operations, self.left, self.generator = operations, after, generator
        self.struck = False

    def strike(self, operation: str, result: Any) -> Any:
        if operation not in self.operations or self.struck:
            return result
        self.left -= 1
        if self.left >= 0:
            return result
        self.struck = True
        return self.flipped(result)

    def flipped(self, result: Any) -> Any:
        pick = self.generator.randrange
        if isinstance(result, Residue):
            if result.words is None:
                value = self.flipped(result.value)
                return Residue(value, result.age)
            words = result.words
            used = result.engine.layout.positions
            words.view("u8")[used[pick(len(used))]] ^= np.uint64(1 << pick(64))
            return result
        size = max(int(result.bit_length()), 1)
        return result ^ gmpy2.mpz(1) << pick(size)


class Losing(Fault):
    """An operation whose result is a constant, or what it was before."""

    def __init__(self, operations: tuple[str, ...], after: int, value: Any) -> None:
        super().__init__(operations, after, random.Random(0))
        self.value, self.last = value, None

    def strike(self, operation: str, result: Any) -> Any:
        if operation in self.operations and not self.struck:
            self.left -= 1
            if self.left < 0 and self.last is not None:
                self.struck = True
                return self.lost(result)
            self.last = result
        return result

    def lost(self, result: Any) -> Any:
        if self.value == "stuck":
            return self.last
        if isinstance(result, Residue):
            return Residue(gmpy2.mpz(self.value))
        return gmpy2.mpz(self.value)


def faulty(kind: type[Any]) -> type[Any]:
    """The same arithmetic with a `fault`."""

    def operation(name: str) -> Callable[..., Any]:
        def call(self: Any, *arguments: Any) -> Any:
            result = getattr(kind, name)(self, *arguments)
            return self.fault.strike(name, result) if self.fault else result

        return call

    names = {*OPERATIONS, *OF_LADDERS, *OF_LLR, "store"}
    methods = {name: operation(name) for name in names}
    return type(f"Faulty{kind.__name__}", (kind,), {**methods, "fault": None})


class Narrow(Weighted):
    """The road of one vector width."""

    width: int

    def _engine(self, length: int) -> Engine:
        return Engine(self.k, self.b, self.n, self.c, length, self.width)


def of_width(number: Kbn, width: int) -> Any:
    road = type("Road", (Narrow,), {"width": width})
    return faulty(Guarded)(
        choice.twin(number), road(number.k, number.b, number.n, number.c)
    )


def on_part(number: Any) -> Any:
    part = divided(number)
    assert part is not None
    m = part.multiple
    return on_road(number, Weighted(m.k, m.b, m.n, m.c))


def on_road(number: Any, road: Any) -> Any:
    return faulty(Guarded)(choice.twin(number), road)


def on_multiple(number: Any) -> Any:
    return faulty(Multiple)(number.value(), 7, 1)


def on_shift(number: Kbn) -> Any:
    return faulty(Shift)(number.k, number.n, number.c)


def on_division(number: Any) -> Any:
    return faulty(Division)(number.value())


def tables(modulus: Any) -> list[Any]:
    """The floating-point tables of the engine in use."""
    engine, found = modulus.engine, []
    if isinstance(engine, Engine):
        parts = [engine]
    elif isinstance(engine, Padded):
        parts, found = [engine.whole], [engine._digits]
    else:
        parts = [engine.cyclic, engine.negacyclic]
        found = [engine._inverse, engine._block[1]]
    for part in parts:
        found += [part._weights.ravel(), part._constants, *part._planner.kept[:-2]]
    return [each for each in found if each.size]
