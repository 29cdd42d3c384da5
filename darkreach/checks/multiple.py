"""The check of powers that GMP computes in one piece: a larger modulus with a known
answer inside.

The power is taken modulo N*q with a prime q of 20 to 83 bits, and must be the right one
modulo q, which Fermat's theorem tells at once: a^e = a^(e mod (q-1)). Whatever goes
wrong on the way falls on both parts; it goes unnoticed once in q times (A. Shamir,
1999, for signatures). q takes the room that N leaves in its last 64-bit word, where 20
bits of it are free, so most numbers pay nothing for it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import gmpy2

#: Free bits of the last word that are enough.
LEAST_BITS = 20
_WORD = 64


@cache
def witness(bits: int, turn: int = 0) -> Any:
    """The prime for numbers of so many bits; another one for each turn."""
    room = -bits % _WORD
    if room < LEAST_BITS:
        room += _WORD
    q = gmpy2.mpz(1) << room
    for _ in range(turn + 1):
        q = gmpy2.prev_prime(q)
    return q


def power(base: int, exponent: Any, number: Any, turn: int = 0) -> Any:
    """base^exponent mod number, or None when it came out wrong."""
    q = witness(int(number.bit_length()), turn)
    x = gmpy2.powmod(base, exponent, number * q)
    expected = gmpy2.powmod(base, exponent % (q - 1), q) if base % q else 0
    if x % q != expected:
        return None
    return x % number
