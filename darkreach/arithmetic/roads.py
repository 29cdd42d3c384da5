"""The ways to a transform engine, one class for each shape of number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import gmpy2

from darkreach.arithmetic import padded as zero_padded
from darkreach.arithmetic.crossing import KERNELS
from darkreach.arithmetic.engines import Engine, Road
from darkreach.arithmetic.fft import driver, lengths
from darkreach.arithmetic.fft import engine as fft
from darkreach.arithmetic.fft.width import vector_width
from darkreach.arithmetic.montgomery import ROOM, modulus_bits
from darkreach.arithmetic.montgomery_loop import LOOP, CompiledMontgomery
from darkreach.arithmetic.padded_loop import LOOP as PADDED_LOOP
from darkreach.arithmetic.threads import for_length

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
        threads = for_length(length)
        if self.b == 2:
            return fft.Engine.special(self.k, self.n, self.c, length, threads=threads)
        return fft.Engine.power(self.k, self.b, self.n, self.c, length, threads=threads)


@dataclass(frozen=True)
class Generic:
    """Any odd number."""

    number: Any

    def first(self) -> Engine:
        length = _pair_of_lengths(int(self.number.bit_length()) + ROOM)
        if length is None:
            raise ValueError("no pair of transforms is long enough")
        return self._engine(modulus_bits(self.number), length)

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
        threads = for_length(1 << self.m)
        return fft.Engine.generalized_fermat(self.b, self.m, threads=threads)

    def longer(self, engine: Engine) -> Engine | None:
        road = Generic(gmpy2.mpz(self.b) ** (1 << self.m) + 1)
        if isinstance(engine, CompiledMontgomery):
            return road.longer(engine)
        return road.first()


@dataclass(frozen=True)
class ZeroPadded:
    """k*b^n + c with a k beyond weights, in words half of which are zero. After the
    last length comes the generic road."""

    k: int
    b: int
    n: int
    c: int

    def first(self) -> Engine:
        return self._engine(zero_padded.best(self.k, self.b, self.n, self.c))

    def longer(self, engine: Engine) -> Engine | None:
        generic = Generic(gmpy2.mpz(self.k) * gmpy2.mpz(self.b) ** self.n + self.c)
        if isinstance(engine, CompiledMontgomery):
            return generic.longer(engine)
        fitting = zero_padded.fitting(self.k, self.b, self.n, self.c)
        length = min((each for each in fitting if each > engine.length), default=None)
        return generic.first() if length is None else self._engine(length)

    def _engine(self, length: int) -> Engine:
        return zero_padded.Padded(self.k, self.b, self.n, self.c, length)


@dataclass(frozen=True)
class Detour:
    """A road that begins so many lengths further on."""

    road: Road
    steps: int

    def first(self) -> Engine:
        engine: Engine | None = self.road.first()
        for _ in range(self.steps):
            assert engine is not None
            engine = self.road.longer(engine)
            if engine is None:
                raise ValueError("no longer transform on this road")
        assert engine is not None
        return engine

    def longer(self, engine: Engine) -> Engine | None:
        return self.road.longer(engine)


def weighted(k: int, b: int, n: int, c: int) -> Road | None:
    """The road by weighted digits; None where the tables have no safe length."""
    road = Weighted(k, b, n, c)
    return road if _opens(road) else None


def padded(k: int, b: int, n: int, c: int) -> Road | None:
    """The road by zero-padded words; None where k is too large for them, or n."""
    road = ZeroPadded(k, b, n, c)
    return road if zero_padded.fitting(k, b, n, c) else None


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
    fits = _pair_of_lengths(int(number.bit_length()) + ROOM) is not None
    return Generic(number) if fits else None


def _pair_of_lengths(bits: int) -> int | None:
    """The fastest length that is safe for 2^bits - 1 and 2^bits + 1, or None. A sum of
    two products has 1.4 times the error of one: a quarter of a bit per word of about
    19."""
    wanted = bits + bits // 76
    safe = set(lengths.safe(1, 2, wanted, 1)) & set(lengths.safe(1, 2, wanted, -1))
    return min(safe, key=_price, default=None)


def _price(length: int) -> float:
    """Of two cyclic squarings and one and a half negacyclic ones."""
    cyclic, negacyclic = (
        lengths.price(length, each) for each in ("cyclic", "negacyclic")
    )
    return 2 * cyclic + 1.5 * negacyclic


def _opens(road: Weighted) -> bool:
    try:
        lengths.best(road.k, road.b, road.n, road.c)
    except ValueError:
        return False
    return True


def warm_up() -> None:
    """Compile what all transforms of this machine share, or load it from the disk: for
    a process that is about to fork."""
    driver.runner(vector_width()).compile()
    for each in (*KERNELS, LOOP, PADDED_LOOP):
        each.compile()
