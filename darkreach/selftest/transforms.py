"""Known answers of the transforms: every odd part, few passes and many, each length
and the next one beside GMP."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial

import gmpy2

from darkreach.arithmetic.fft import engine as fft
from darkreach.arithmetic.fft import lengths
from darkreach.arithmetic.fft.layout import ODD, odd_part
from darkreach.arithmetic.gmp import Shift
from darkreach.arithmetic.guarded import LIMIT

#: Lengths near these, one of each odd part; with `full` the longer ones too.
SHORT, LONG = (192, 3000, 24_000), (200_000, 800_000)
#: Squarings, and a factor with some of them.
_COUNT, _BASE, _BITS = 4, 11, 0b1010


def known(full: bool) -> Iterator[tuple[str, str, Callable[[], bool]]]:
    for about in (*SHORT, *LONG) if full else SHORT:
        for kind in lengths.KINDS:
            for odd in ODD:
                length = _nearest(lengths.lengths(kind), odd, about)
                name = f"{kind}, {length} words"
                yield "transform", name, partial(holds, length, kind)


def _nearest(table: tuple[int, ...], odd: int, about: int) -> int:
    fitting = [each for each in table if odd_part(each) == odd]
    return min(fitting, key=lambda each: abs(each - about))


def holds(length: int, kind: str) -> bool:
    """Squarings modulo 2^n+-1, n as long as is safe, at this length and the next."""
    c = -1 if kind == "cyclic" else 1
    n = int(length * lengths.safe_bits(length) * 0.98) | 1
    modulus = Shift(1, n, c)
    x = random.Random(length).getrandbits(n - 1)
    expected = modulus.climb(modulus.load(x), _BASE, _BITS, _COUNT)
    for each in (length, lengths.following(length, kind)):
        engine = fft.Engine.special(1, n, c, each)
        words = engine.load(gmpy2.mpz(x))
        error = engine.climb(words, _BASE, _BITS, _COUNT)
        if error > LIMIT or engine.store(words) != expected:
            return False
    return True
