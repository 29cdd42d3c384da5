"""Does p divide k*b^n+c? The check of every factor before it is reported.

It shares no arithmetic with the sieves: remainders by division, in numpy where the
square of p fits 64 bits, by Python's own pow elsewhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from darkreach.sieve.terms import Rows, Sources


def divides(p: Rows, sources: Sources, n: Rows) -> NDArray[np.bool_]:
    """For each i: does p[i] divide the number of source i at the exponent n[i]."""
    good = np.zeros(p.size, dtype=bool)
    short = p < 2**32
    good[short] = _short(p[short], sources[short], n[short])
    for i in np.flatnonzero(~short).tolist():
        k, b, c = int(sources.k[i]), int(sources.b[i]), int(sources.c[i])
        prime = int(p[i])
        good[i] = (k * pow(b, int(n[i]), prime) + c) % prime == 0
    return good


def _short(p: Rows, sources: Sources, n: Rows) -> NDArray[np.bool_]:
    """The same for p < 2^32, all at once: square and multiply over the bits of n."""
    modulus = p.astype(np.uint64)
    square = (sources.b % p).astype(np.uint64)
    result = (sources.k % p).astype(np.uint64)
    for bit in range(int(n.max(initial=0)).bit_length()):
        odd = (n >> bit & 1).astype(bool)
        result[odd] = result[odd] * square[odd] % modulus[odd]
        square = square * square % modulus
    total: NDArray[np.bool_] = (
        result + (sources.c % p).astype(np.uint64)
    ) % modulus == 0
    return total
