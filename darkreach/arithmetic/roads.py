"""The ways to a transform engine, one class for each shape of number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import gmpy2

from darkreach.arithmetic.engines import Engine, Road
from darkreach.arithmetic.fft import engine as fft
from darkreach.arithmetic.fft import lengths
from darkreach.arithmetic.fft.layout import odd_part
from darkreach.arithmetic.montgomery import modulus_bits
from darkreach.arithmetic.montgomery_loop import CompiledMontgomery

#: Time of a squaring per word, by the odd part of the length; measured.
_COSTS = {1: 1.0, 3: 1.03, 5: 1.06, 7: 1.1, 9: 1.12, 15: 1.25}
#: More bits than any word holds.
_WORD_BITS = 32


def kind(c: int) -> str:
    """The transform of k*b^n + c: cyclic for c = -1, negacyclic for c = +1."""
    return "negacyclic" if c > 0 else "cyclic"


def next_length(length: int, *kinds: str) -> int | None:
    """The least longer length that all these kinds have, or None."""
    common = set.intersection(*(set(lengths.lengths(each)) for each in kinds))
    return min((each for each in common if each > length), default=None)


@dataclass(frozen=True)
class Weighted:
    """k*b^n + c with small k and b: digits of an irrational base."""

    k: int
    b: int
    n: int
    c: int

    def first(self) -> Engine:
        return self._engine(lengths.best(self.k, self.b, self.n, self.c))

    def longer(self, engine: Engine) -> Engine | None:
        length = next_length(engine.length, kind(self.c))
        try:
            return None if length is None else self._engine(length)
        except ValueError:  # too few bits for a word
            return None

    def _engine(self, length: int) -> Engine:
        if self.b == 2:
            return fft.Engine.special(self.k, self.n, self.c, length)
        return fft.Engine.power(self.k, self.b, self.n, self.c, length)


@dataclass(frozen=True)
class Generic:
    """Any odd number."""

    number: Any

    def first(self) -> Engine:
        bits = modulus_bits(self.number)
        # A sum of two products has 1.4 times the error of one: a quarter of a bit per
        # word of about 19.
        least = max(lengths.best(1, 2, bits + bits // 76, c) for c in (1, -1))
        return self._engine(bits, self._fastest(least))

    def _fastest(self, least: int) -> int:
        """Of the safe lengths the one whose transforms take the least time."""
        common = set(lengths.lengths("negacyclic")) & set(lengths.lengths("cyclic"))
        possible = [each for each in common if least <= each <= 2 * least]
        if not possible:
            raise ValueError(f"there is no pair of transforms of length {least}")
        return min(possible, key=lambda length: length * _COSTS[odd_part(length)])

    def longer(self, engine: Engine) -> Engine | None:
        length = next_length(engine.length, "negacyclic", "cyclic")
        if length is None:
            return None
        return self._engine(modulus_bits(self.number), length)

    def _engine(self, bits: int, length: int) -> Engine:
        cyclic, negacyclic = (fft.Engine.special(1, bits, c, length) for c in (-1, 1))
        return CompiledMontgomery(self.number, bits, cyclic, negacyclic)


@dataclass(frozen=True)
class Fermat:
    """b^(2^m) + 1: a digit of base b in every word, so there is one length. After it
    comes the generic road."""

    b: int
    m: int

    def first(self) -> Engine:
        return fft.Engine.generalized_fermat(self.b, self.m)

    def longer(self, engine: Engine) -> Engine | None:
        road = Generic(gmpy2.mpz(self.b) ** (1 << self.m) + 1)
        if isinstance(engine, CompiledMontgomery):
            return road.longer(engine)
        return road.first()


def weighted(k: int, b: int, n: int, c: int) -> Road | None:
    """The road by weighted digits; None where the tables have no safe length."""
    road = Weighted(k, b, n, c)
    return road if _opens(road) else None


def fermat(b: int, n: int) -> Road | None:
    """The road of b^n + 1 by digits of a base b^i, n = i*2^m: the shortest that is
    safe, None where none is."""
    for m in range((n & -n).bit_length()):
        base = b ** (n >> m) if (n >> m) * b.bit_length() <= _WORD_BITS else 0
        length = 1 << m
        possible = base and length in lengths.lengths("negacyclic")
        if possible and math.log2(base) <= lengths.safe_bits(length):
            return Fermat(base, m)
    return None


def generic(number: Any) -> Road | None:
    """The road of any odd number; None beyond the tables."""
    road = Generic(number)
    try:
        lengths.best(1, 2, int(number.bit_length()) * 77 // 76, -1)
    except ValueError:
        return None
    return road


def _opens(road: Weighted) -> bool:
    try:
        lengths.best(road.k, road.b, road.n, road.c)
    except ValueError:
        return False
    return True
