"""Which transform length is safe for which number.

Round-off grows with the length and with the size of the digits. `safe_bits` says how
many bits a word may hold for k = 1 and base 2; a factor k costs lg(k)/2 bits per word,
and the weights of another base b, which reach b instead of 2, cost a little more.
Every squaring measures its round-off all the same.

A length may also be too long: then the digits are so small that the carries out of a
transform, about k*sqrt(length), reach over several of them. More rounds of carries
settle that, as long as `carry_rounds` finds a number of them.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from darkreach.arithmetic.fft.layout import ODD, Layout, odd_part
from darkreach.arithmetic.fft.width import vector_width

#: log2 of a length, and the bits per word at which the largest round-off of hundreds of
#: squarings of random residues is near 0.25, and that of a whole test below 0.37
#: (measured for k = 1 and 27, both signs).
_SAFE = (
    (9, 22.0),
    (10, 21.8),
    (12, 21.25),
    (14, 20.72),
    (16, 20.15),
    (17, 19.9),
    (19, 19.4),
    (22, 18.4),
)
LONGEST = 1 << 23
MOST_ROUNDS = 5
SHORTEST = 64
KINDS = ("negacyclic", "cyclic")


def safe_bits(length: int) -> float:
    """Most bits per word, for k = 1 and base 2."""
    powers, bits = zip(*_SAFE, strict=True)
    return float(np.interp(math.log2(length), powers, bits))


def carry_rounds(k: int, length: int, b: int, bits: float) -> int:
    """Rounds of carries, 2 or more, after which random digits exceed half their base by
    an eighth of it at most; the kernels have up to `MOST_ROUNDS`.

    bits: per word. The outputs of a transform have about 2*bits + lg(k*sqrt(length)),
    and every round takes the bits of a base away, at worst those of the smaller one.
    """
    outputs = 2 * bits + math.log2(k) + math.log2(length) / 2
    smaller = max(1, math.floor(bits / math.log2(b) + 1e-9)) * math.log2(b)
    return max(2, math.ceil((outputs + 3) / smaller) - 1)


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


#: Time per real and level by the odd part of the length, in that of a power of two,
#: for c = 1 and c = -1 (measured with AVX-512 between 1K and 128K reals; with AVX2 all
#: but 15 are within a few hundredths of 1).
_PRICES = {
    1: (1.0, 1.05),
    3: (1.04, 1.08),
    5: (1.06, 1.09),
    7: (1.06, 1.09),
    9: (1.02, 1.06),
    15: (1.25, 1.3),
}
#: Levels of butterflies that take as long as everything else.
_REST = 8


def price(length: int, kind: str) -> float:
    """Time of a squaring, in units of no meaning."""
    factor = _PRICES[odd_part(length)][kind == "cyclic"]
    return length * (math.log2(length) + _REST) * factor


def safe(k: int, b: int, n: int, c: int, width: int | None = None) -> list[int]:
    """All lengths that are safe for k*b^n + c, ascending."""
    bits = n * math.log2(b) + math.log2(k)
    found = []
    for length in lengths("cyclic" if c < 0 else "negacyclic", width):
        per_word = bits / length
        room = safe_bits(length) - _weight_bits(b, n, k, length) - math.log2(k) / 2
        if n < length or carry_rounds(k, length, b, per_word) > MOST_ROUNDS:
            break
        if per_word <= room:
            found.append(length)
    return found


def best(k: int, b: int, n: int, c: int, width: int | None = None) -> int:
    """The safe length for k*b^n + c, c = +-1, that is the fastest.

    ValueError where there is none: the number is too small, or too large, or k is.
    """
    found = safe(k, b, n, c, width)
    if not found:
        raise ValueError(f"no transform length is safe for {k}*{b}^{n}{c:+d}")
    kind = "cyclic" if c < 0 else "negacyclic"
    return min(found, key=lambda length: price(length, kind))
