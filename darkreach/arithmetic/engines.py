"""What the guarded modulus asks of a transform engine, and of a way to one.

An engine squares residues modulo one number at one transform length. Its residues are
`Words`: arrays of float64, balanced digits in the engine's own order and scale. Every
long operation returns the largest round-off error that it saw, between 0 and 0.5, or
infinity for digits that are no numbers or out of bounds.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from functools import lru_cache
from typing import Any, Protocol

import gmpy2
import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.float64]

#: Vectors of eight doubles are loaded and stored at whole cache lines.
_ALIGNMENT = 64


class Engine(Protocol):
    """Residues as digits; operations work in place or into `out`."""

    @property
    def length(self) -> int: ...

    @property
    def width(self) -> int: ...

    @property
    def kernel(self) -> str: ...

    @property
    def layout(self) -> Any:
        """`layout.positions` are the indices of digit 0, 1, ... among the words."""

    def load(self, value: Any) -> Words: ...

    def store(self, x: Words) -> Any: ...

    def square_many(self, x: Words, count: int, addend: int = 0) -> float: ...

    def climb(self, x: Words, base: int, bits: int, count: int) -> float: ...

    def multiply(self, x: Words, y: Any, out: Words) -> float: ...

    def prepare(self, y: Words) -> Any: ...

    def scale(self, x: Words, small: int) -> float: ...

    def subtract(self, x: Words, y: Words, out: Words) -> float: ...

    def add(self, x: Words, y: Words, out: Words) -> float: ...


class Road(Protocol):
    """The engines for one number, from the fastest length that should do to the longer
    ones. ValueError of `first`: no length does."""

    def first(self) -> Engine: ...

    def longer(self, engine: Engine) -> Engine | None:
        """The engine of the next length, or None beyond the last."""


def room_for(words: Words) -> Words:
    """An aligned array of the same size, of zeros: engines leave gaps in it alone."""
    extra = _ALIGNMENT // words.itemsize
    raw = np.zeros(words.size + extra, dtype=np.float64)
    skipped = -raw.ctypes.data % _ALIGNMENT // words.itemsize
    return raw[skipped : skipped + words.size]


def duplicate(words: Words) -> Words:
    """An aligned copy."""
    copy = room_for(words)
    copy[:] = words
    return copy


def return_memory() -> None:
    """Give what is free back to the system: the C library keeps the holes that the
    tables of an engine leave, several times what it holds in the end."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


@lru_cache(maxsize=8)
def _multipliers(size: int) -> NDArray[np.uint64]:
    """Odd numbers, one for each word."""
    golden = np.uint64(0x9E3779B97F4A7C15)
    return (np.arange(size, dtype=np.uint64) * golden) | np.uint64(1)


def check_value(words: Words) -> int:
    """Changes with any single word, whatever is in it, and with the order of words."""
    return int(np.dot(words.view(np.uint64), _multipliers(words.size)))


def looks_random(value: Any, number: Any) -> bool:
    """Whether neither the value nor its negative is much smaller than the number."""
    least = number.bit_length() - 64
    return bool(
        value.bit_length() >= least
        and (gmpy2.mpz(number) - value).bit_length() >= least
    )
