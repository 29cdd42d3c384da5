"""Does p divide the number? The check of every factor before it is reported.

It shares no arithmetic with the sieves: remainders by division, in numpy where the
square of p fits 64 bits, by GMP elsewhere.
"""

from __future__ import annotations

import math

import gmpy2
import numpy as np
from numpy.typing import NDArray

from darkreach.sieve.terms import Rows, Sources

#: Factors of a product that are multiplied before they are reduced.
GROUP = 64


def divides(p: Rows, sources: Sources, n: Rows) -> NDArray[np.bool_]:
    """For each i: does p[i] divide the number of source i at the exponent n[i]."""
    good = np.zeros(p.size, dtype=bool)
    short = p < 2**32
    good[short] = _short(p[short], sources[short], n[short])
    long = np.flatnonzero(~short)
    chosen = sources[long]
    columns = (v.tolist() for v in (chosen.k, chosen.b, chosen.c, n[long], p[long]))
    good[long] = [
        (k * gmpy2.powmod(b, e, prime) + c) % prime == 0
        for k, b, c, e, prime in zip(*columns, strict=True)
    ]
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


def divides_product(p: Rows, count: Rows, c: Rows, factors: Rows) -> NDArray[np.bool_]:
    """For each i: does p[i] divide the product of the first count[i] factors, plus
    c[i]. Factors are multiplied in groups, once for all p, and the groups reduced."""
    values = factors[: int(count.max(initial=0))].tolist()
    starts = range(0, len(values), GROUP)
    groups = [gmpy2.mpz(math.prod(values[i : i + GROUP])) for i in starts]
    good = np.zeros(p.size, dtype=bool)
    for i, (prime, most) in enumerate(zip(p.tolist(), count.tolist(), strict=True)):
        rest = gmpy2.mpz(1)
        for group in groups[: most // GROUP]:
            rest = rest * group % prime
        for factor in values[most - most % GROUP : most]:
            rest = rest * factor % prime
        good[i] = (rest + int(c[i])) % prime == 0
    return good
