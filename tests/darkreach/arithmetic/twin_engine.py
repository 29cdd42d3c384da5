"""The slow, exact twin of a transform engine: the same digits, multiplied by GMP.

Digits are those of the balanced residue, without weights and in natural order (or, with
`order`, shuffled between gaps): base 2 with widths that differ by at most one (digit j
ends where bit (j + 1) * bits / length does). The round-off is made up: a length is too
short above `full` bits per word.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from types import SimpleNamespace
from typing import Any

import gmpy2
import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.float64]


class TwinEngine:
    """Residues modulo any number; as an engine of 2^n + c it has its digit widths."""

    width = 1

    def __init__(
        self,
        number: Any,
        length: int,
        bits: int | None = None,
        full: float = 20.0,
        order: int | None = None,
    ) -> None:
        self.number = gmpy2.mpz(number)
        self.length = length
        self.kernel = f"twin {length}"
        self.full = full
        places = np.arange(length)
        if order is not None:
            places = np.random.default_rng(order).permutation(length + 9)[:length]
        self.layout = SimpleNamespace(positions=places)
        bits = bits or self.number.bit_length()
        self.ends = [-(-j * bits // length) for j in range(length + 1)]
        self.calls = 0

    @property
    def roundoff(self) -> float:
        return 0.5 if self.ends[-1] / self.length > self.full else 0.1

    def load(self, value: Any) -> Words:
        value = gmpy2.mpz(value) % self.number
        if 2 * value > self.number:
            value -= self.number
        digits = np.zeros(self.length)
        for j in range(self.length):
            width = self.ends[j + 1] - self.ends[j]
            digit = gmpy2.f_mod_2exp(value, width)
            value >>= width
            if width and digit >> (width - 1) and j + 1 < self.length:
                digit -= gmpy2.mpz(1) << width
                value += 1
            digits[j] = int(digit)
        digits[-1] += int(value) << (self.ends[-1] - self.ends[-2])
        words = np.zeros(self.layout.positions.max() + 1)
        words[self.layout.positions] = digits
        return words

    def store(self, x: Words) -> Any:
        value = gmpy2.mpz(0)
        for end, digit in zip(
            self.ends, x[self.layout.positions].tolist(), strict=False
        ):
            value += gmpy2.mpz(int(digit)) << end
        return value % self.number

    def square_many(self, x: Words, count: int, addend: int = 0) -> float:
        if not self._sound(x):
            return inf
        value = self.store(x)
        for _ in range(count):
            value = (value * value + addend) % self.number
        x[:] = self.load(value)
        self.calls += 1
        return self.roundoff

    def climb(self, x: Words, base: int, bits: int, count: int) -> float:
        assert 2 <= base < 2**16
        assert count <= 4096
        if not self._sound(x):
            return inf
        value = self.store(x)
        for position in reversed(range(count)):
            value = value * value * (base if bits >> position & 1 else 1) % self.number
        x[:] = self.load(value)
        self.calls += 1
        return self.roundoff

    def multiply(self, x: Words, y: Any, out: Words) -> float:
        if not (self._sound(x) and self._sound(y)):
            return inf
        out[:] = self.load(self.store(x) * self.store(y))
        return self.roundoff

    def prepare(self, y: Words) -> Any:
        return y.copy()

    def scale(self, x: Words, small: int) -> float:
        assert abs(small) < 2**31
        x[:] = self.load(self.store(x) * small)
        return 0.0

    def subtract(self, x: Words, y: Words, out: Words) -> float:
        out[:] = self.load(self.store(x) - self.store(y))
        return 0.0

    def add(self, x: Words, y: Words, out: Words) -> float:
        out[:] = self.load(self.store(x) + self.store(y))
        return 0.0

    def _sound(self, words: Words) -> bool:
        """Whether all digits are whole numbers of a possible size."""
        return bool(np.all(words == np.rint(words)) and np.all(abs(words) < 2.0**45))


@dataclass(frozen=True)
class TwinRoad:
    """Lengths 64, 128, ... up to `last`, from `start`."""

    number: Any
    start: int
    last: int
    full: float = 20.0

    def first(self) -> TwinEngine:
        if self.start > self.last:
            raise ValueError("beyond the tables")
        return TwinEngine(self.number, self.start, full=self.full)

    def longer(self, engine: Any) -> TwinEngine | None:
        if 2 * engine.length > self.last:
            return None
        return TwinEngine(self.number, 2 * engine.length, full=self.full)
