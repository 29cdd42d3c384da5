"""The modulus on a transform engine, with its errors caught.

Floating-point digits are whole numbers only as long as the round-off stays away from
one half. Every operation here leaves its arguments as they are; when the engine reports
more than `LIMIT`, or digits that are none, the operation is done again from them with
the next longer transform, and counted in `errors`. Beyond the last length GMP goes on.

Residues that are young, after fewer than `CAREFUL` multiplications from a small
integer, are integers of the GMP twin: their digits are structured (those of 3/k are
periodic), which lets the errors of a convolution add up instead of cancelling. gwnum
squares carefully at the start for the same reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import gmpy2

from darkreach.arithmetic.engines import (
    Engine,
    Road,
    Words,
    check_value,
    duplicate,
    looks_random,
    return_memory,
    room_for,
)
from darkreach.errors import SenselessError

#: Round-off above this is an error: at one half a digit is wrong without any sign.
LIMIT = 0.40
#: Multiplications after which the digits of a residue count as random.
CAREFUL = 50
#: Squarings and small multiplications of one call of an engine.
_CLIMB = 4096
_BASE = 2**16
_SMALL = 2**31
#: Small integers kept as words.
_CONSTANTS = 8


class Residue:
    """An integer (of the twin) while it is young, words of an engine afterwards."""

    __slots__ = ("age", "engine", "moved", "value", "words")

    def __init__(
        self,
        value: Any = None,
        age: int = CAREFUL,
        words: Words | None = None,
        engine: Engine | None = None,
    ) -> None:
        self.value, self.age = value, age
        self.words, self.engine = words, engine
        #: The same in words of a later engine. The first stay as they are: chains hold
        #: check values of them.
        self.moved: tuple[Engine, Words] | None = None


class Guarded:
    """Arithmetic on the engines of a road, watched; the twin is the same with GMP."""

    def __init__(self, twin: Any, road: Road) -> None:
        self.twin = twin
        self.number = twin.number
        self.path = twin.path
        self.errors: Counter[str] = Counter()
        self.max_roundoff = 0.0
        self._road = road
        self._engine: Engine | None = None
        self._opened = False
        self._constants: dict[Any, Words] = {}

    @property
    def engine(self) -> Engine | None:
        """The engine in use, made when first needed; None where GMP goes on."""
        if not self._opened:
            self._opened = True
            try:
                self._engine = self._road.first()
            except ValueError:
                self._engine = None
        return self._engine

    @property
    def kernel(self) -> str:
        kernel: str = self.engine.kernel if self.engine else self.twin.kernel
        return kernel

    def lengthen(self) -> None:
        """Leave this length for the next."""
        if self.engine is not None:
            self._constants.clear()
            return_memory()
            self._engine = self._road.longer(self.engine)
            return_memory()

    def load(self, value: Any) -> Residue:
        value = self.twin.load(value)
        young = not looks_random(value, self.number)
        return Residue(value, 0 if young else CAREFUL)

    def store(self, residue: Residue) -> Any:
        if residue.words is None:
            return self.twin.store(residue.value)
        assert residue.engine is not None
        try:
            value = residue.engine.store(residue.words)
        except ValueError as trouble:
            raise SenselessError(str(trouble)) from trouble
        # Of the engine of a multiple of N (choice.py).
        return value % self.number if value >= self.number else value

    def check_value(self, residue: Any) -> int:
        """Changes when the residue does; also of whatever else a chain holds."""
        if isinstance(residue, Residue):
            self._settle(residue)
            if residue.words is not None:
                return check_value(residue.words)
            residue = residue.value
        return hash(residue)

    def is_zero(self, residue: Residue) -> bool:
        if residue.words is not None:
            return not residue.words.any()
        return bool(residue.value == 0)

    def square_many(self, x: Residue, count: int) -> Residue:
        return self._square(x, count, self.twin.square_many, 0)

    def lucas_many(self, x: Residue, count: int) -> Residue:
        return self._square(x, count, self.twin.lucas_many, -2)

    def square_add(self, x: Residue, small: int) -> Residue:
        def by_twin(value: Any, count: int) -> Any:
            del count
            return self.twin.square_add(value, small)

        return self._square(x, 1, by_twin, small)

    def climb(self, x: Residue, base: int, bits: int, count: int) -> Residue:
        if not 2 <= base < _BASE:
            raise ValueError(f"the base of a climb is between 2 and {_BASE - 1}")
        while count:
            slice_ = self._patience(x, min(count, _CLIMB))
            count -= slice_
            head = int(gmpy2.f_mod_2exp(bits >> count, slice_))
            x = self._one_climb(x, base, head, slice_)
        return x

    def multiply(self, x: Residue, y: Residue) -> Residue:
        self._settle(x)
        self._settle(y)
        if self._stays_integer(x, y):
            value = self.twin.multiply(self._integer(x), self._integer(y))
            return Residue(value, max(x.age, y.age) + 1)

        def product(engine: Engine) -> tuple[Words, float]:
            first = self._words(x, engine)
            second = first if x is y else self._words(y, engine)
            out = room_for(first)
            return out, engine.multiply(first, second, out)

        return self._watch(product) or self.multiply(x, y)

    def scale(self, x: Residue, small: int) -> Residue:
        self._settle(x)
        if self._stays_integer(x):
            return Residue(self.twin.scale(self._integer(x), small), x.age)
        if abs(small) >= _SMALL:
            return self.multiply(x, self.load(small % self.number))

        def scaled(engine: Engine) -> tuple[Words, float]:
            out = duplicate(self._words(x, engine))
            return out, engine.scale(out, small)

        return self._watch(scaled) or self.scale(x, small)

    def subtract(self, x: Residue, y: Residue) -> Residue:
        self._settle(x)
        self._settle(y)
        if self._stays_integer(x, y):
            value = self.twin.subtract(self._integer(x), self._integer(y))
            return Residue(value, max(x.age, y.age))

        def difference(engine: Engine) -> tuple[Words, float]:
            first = self._words(x, engine)
            out = room_for(first)
            return out, engine.subtract(first, self._words(y, engine), out)

        return self._watch(difference) or self.subtract(x, y)

    def _square(
        self, x: Residue, count: int, by_twin: Callable[..., Any], addend: int
    ) -> Residue:
        while count:
            slice_ = self._patience(x, count)
            count -= slice_
            x = self._one_square(x, slice_, by_twin, addend)
        return x

    def _one_square(
        self, x: Residue, count: int, by_twin: Callable[..., Any], addend: int
    ) -> Residue:
        if self._stays_integer(x):
            return Residue(by_twin(self._integer(x), count), x.age + count)

        def squared(engine: Engine) -> tuple[Words, float]:
            out = duplicate(self._words(x, engine))
            return out, engine.square_many(out, count, addend)

        return self._watch(squared) or self._one_square(x, count, by_twin, addend)

    def _one_climb(self, x: Residue, base: int, bits: int, count: int) -> Residue:
        if self._stays_integer(x):
            value = self.twin.climb(self._integer(x), base, bits, count)
            return Residue(value, x.age + count)

        def climbed(engine: Engine) -> tuple[Words, float]:
            out = duplicate(self._words(x, engine))
            return out, engine.climb(out, base, bits, count)

        return self._watch(climbed) or self._one_climb(x, base, bits, count)

    def _patience(self, x: Residue, count: int) -> int:
        """How many of these squarings belong to one piece: a young residue grows up
        first."""
        self._settle(x)
        if x.words is None and x.age < CAREFUL:
            return min(count, CAREFUL - x.age)
        return count

    def _settle(self, x: Residue) -> None:
        """Words for a residue that is no longer young. One that stayed small (1, -1) is
        as cheap as an integer can be, and its digits never become random."""
        engine = self.engine
        grown = x.words is None and x.age >= CAREFUL and engine is not None
        if grown and looks_random(x.value, self.number):
            assert engine is not None
            x.words, x.engine, x.value = engine.load(x.value), engine, None

    def _stays_integer(self, *residues: Residue) -> bool:
        return self.engine is None or all(x.words is None for x in residues)

    def _integer(self, x: Residue) -> Any:
        return x.value if x.words is None else self.twin.load(self.store(x))

    def _words(self, x: Residue, engine: Engine) -> Words:
        """The residue as words of this engine; they are not to be written to."""
        if x.words is not None and x.engine is engine:
            return x.words
        if x.moved is not None and x.moved[0] is engine:
            return x.moved[1]
        value = self.store(x)
        if looks_random(value, self.number):
            x.moved = engine, engine.load(value)
            return x.moved[1]
        # Chains add and subtract the same few constants again and again.
        if value not in self._constants:
            if len(self._constants) == _CONSTANTS:
                self._constants.clear()
            self._constants[value] = engine.load(value)
        return self._constants[value]

    def _watch(self, call: Callable[[Engine], tuple[Words, float]]) -> Residue | None:
        """The result of an engine's operation; None when its round-off was too large
        and it has to be done again with the engine that is set now."""
        engine = self.engine
        assert engine is not None
        words, error = call(engine)
        if error <= LIMIT:
            self.max_roundoff = max(self.max_roundoff, error)
            return Residue(words=words, engine=engine)
        self.errors["roundoff"] += 1
        self.lengthen()
        return None
