"""Which transform length is safe for which number.

Round-off grows with the length and with the size of the digits. `safe_bits` says how
many bits a word may hold for k = 1 and base 2; a factor k costs lg(k)/2 bits per word,
and the weights of another base b, which reach b instead of 2, cost a little more.
Every squaring measures its round-off all the same.

A length may also be too long: with B = base of a digit, rounding errors of the lowest
frequency grow from squaring to squaring unless B^2 > 1000*k*length.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from darkreach.arithmetic.fft.layout import ODD, Layout
from darkreach.arithmetic.fft.width import vector_width

#: log2 of a length, and the bits per word at which the largest round-off of hundreds of
#: squarings of random residues stays near 0.3 (measured for k = 1, 27 and 12345).
_SAFE = (
    (9, 22.0),
    (10, 21.7),
    (12, 21.2),
    (14, 20.7),
    (16, 20.1),
    (19, 19.3),
    (22, 18.5),
)
LONGEST = 1 << 23
SHORTEST = 64
KINDS = ("negacyclic", "cyclic")


def safe_bits(length: int) -> float:
    """Most bits per word, for k = 1 and base 2."""
    return float(np.interp(math.log2(length), *zip(*_SAFE, strict=True)))


@cache
def _all(kind: str, width: int) -> tuple[int, ...]:
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r}: must be one of {KINDS}")
    found = []
    for p in ODD:
        length = p
        while length <= LONGEST:
            if length >= SHORTEST and _fits(length, kind, width):
                found.append(length)
            length *= 2
    return tuple(sorted(found))


def _fits(length: int, kind: str, width: int) -> bool:
    try:
        Layout(length, width, cyclic=kind == "cyclic")
    except ValueError:
        return False
    return True


def lengths(kind: str, width: int | None = None) -> tuple[int, ...]:
    """Ascending; "negacyclic" is for c = 1, "cyclic" for c = -1."""
    return _all(kind, vector_width(width))


def following(length: int, kind: str, width: int | None = None) -> int:
    """The next longer one. ValueError at the end of the table."""
    for each in lengths(kind, width):
        if each > length:
            return each
    raise ValueError(f"no {kind} transform is longer than {length}")


def _weight_bits(b: int, n: int, k: int, length: int) -> float:
    """Bits per word that the weights cost beyond those of base 2."""
    if k == 1 and n % length == 0:
        return 0.0
    square = (b * b - 1) / (2 * math.log(b))
    return 0.5 * math.log2(square / (3 / (2 * math.log(2))))


def best(k: int, b: int, n: int, c: int, width: int | None = None) -> int:
    """The shortest safe length for k*b^n + c, c = +-1.

    ValueError where there is none: the number is too small, or too large, or k is.
    """
    kind = "cyclic" if c < 0 else "negacyclic"
    bits = n * math.log2(b) + math.log2(k)
    for length in lengths(kind, width):
        per_word = bits / length
        room = safe_bits(length) - _weight_bits(b, n, k, length) - math.log2(k) / 2
        whole = n * math.log(b, 2) >= length * math.log2(b)
        if per_word <= room:
            if not whole or 2 * per_word < math.log2(1000 * k * length):
                break
            return length
    raise ValueError(f"no transform length is safe for {k}*{b}^{n}{c:+d}")
