"""Does p divide k*b^n+c? The check of every factor before it is reported.

It shares no arithmetic with the sieves: remainders by division, in numpy where the
square of p fits 64 bits, by Python's own pow elsewhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from darkreach.sieve.terms import Rows, Source


def divides(p: Rows, sources: list[Source], source: Rows, n: Rows) -> NDArray[np.bool_]:
    """For each i: does p[i] divide the number sources[source[i]] at exponent n[i]."""
    good = np.zeros(p.size, dtype=bool)
    short = p < 2**32
    good[short] = _short(p[short], sources, source[short], n[short])
    for i in np.flatnonzero(~short):
        s, prime = sources[source[i]], int(p[i])
        good[i] = (s.k * pow(s.b, int(n[i]), prime) + s.c) % prime == 0
    return good


def _short(p: Rows, sources: list[Source], source: Rows, n: Rows) -> NDArray[np.bool_]:
    """The same for p < 2^32, all at once: square and multiply over the bits of n."""
    modulus = p.astype(np.uint64)
    square = _reduced([s.b for s in sources], source, modulus)
    result = _reduced([s.k for s in sources], source, modulus)
    for bit in range(int(n.max(initial=0)).bit_length()):
        odd = (n >> bit & 1).astype(bool)
        result[odd] = result[odd] * square[odd] % modulus[odd]
        square = square * square % modulus
    c = np.array([s.c for s in sources], dtype=np.int64)[source] % p
    total: NDArray[np.bool_] = (result + c.astype(np.uint64)) % modulus == 0
    return total


def _reduced(
    values: list[int], source: Rows, modulus: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """values[source[i]] mod modulus[i]."""
    if max(values, default=0) < 2**63:
        return np.array(values, dtype=np.uint64)[source] % modulus
    pairs = zip(source.tolist(), modulus.tolist(), strict=True)
    return np.array([values[s] % m for s, m in pairs], dtype=np.uint64)
