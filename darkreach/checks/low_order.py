"""Elements of low order: the hole in test proofs, and what closes it.

A proof binds y only up to elements R of low order d: who knows one can claim y*R and
cancel the difference in the middles after about d tries (definitions: -1 has order 2, b
has order 2^(m+1) modulo b^(2^m)+1, 2 has order p modulo 2^p-1). On a composite that
plants a wrong residue of a right verdict; on a prime it hides the prime. A prime has
the Fermat value 1, so a hidden one shows a value y with y^d = 1.

`exponent` is S, a product of powers of the primes q that divide N-1 and are known: by
algebra, because an exponent in the formula gives an element of that order, or by a
search up to `bound`. Each has the power at which a forgery costs 2^64 tries. A claimed
composite whose value has y^S = 1 is suspicious, and has to be tested again in full.
That is no proof of malice: small composites do this, so numbers up to 2^128 are not
asked, and nobody is blamed before the second test.

What is left to an attacker is an element whose order has a prime factor above the
bound: at least `bound` hashes and multiplications modulo N for one forged proof.
"""

from __future__ import annotations

from functools import lru_cache
from math import log2
from typing import Any

import gmpy2

from darkreach.arithmetic import Modulus, Number
from darkreach.arithmetic.factors import prime_factors
from darkreach.checks.pietrzak import short_power
from darkreach.factoring.divisors import known_divisor
from darkreach.forms.neighbours import neighbour_pieces

#: A forgery that costs so many bits of tries is out of reach.
FORGERY_BITS = 64
#: Below this size honest composites have values of low order.
LEAST_BITS = 128
#: More than this part of a test is too much for the check: test twice instead.
MOST_COST = 0.05
_SHORT_BITS = 96
_MOST_PIECES = 4000


def bound(bits: int) -> int:
    """Up to which primes N-1 is searched: at most a hundredth of a test."""
    return 10**6 if bits > 200_000 else 10**5 if bits > 20_000 else 10**4


def exponent(number: Number) -> Any | None:
    """S; None where it would cost more than a twentieth of a test."""
    value = number.value()
    most = int(MOST_COST * number.bits) + 2 * FORGERY_BITS
    product, left = gmpy2.mpz(1), value - 1
    for q in sorted(_known_primes(number)):
        left, times = gmpy2.remove(left, q)
        product *= gmpy2.mpz(q) ** min(times, -int(-FORGERY_BITS // log2(q)))
        if product.bit_length() > most:
            return None
    return product


def suspicious(modulus: Modulus, y: Any, s: Any) -> bool:
    """Whether the Fermat value y of a claimed composite is of low order."""
    number = modulus.number
    if number.bit_length() <= LEAST_BITS:
        return False
    if y == 1:
        return True
    power = short_power(modulus, modulus.load(y), s)
    return bool(modulus.store(power) == 1)


def _known_primes(number: Number) -> set[int]:
    """Primes that divide N-1."""
    below = number.value() - 1
    found = {2, *prime_factors(known_divisor(number))[0]}
    for count, piece in enumerate(neighbour_pieces(number.expression, 1)):
        if count == _MOST_PIECES:
            break
        if piece.value.bit_length() <= _SHORT_BITS:
            found |= set(prime_factors(int(piece.value))[0])
    common = gmpy2.gcd(below, _primorial(bound(number.bits)) % below)
    found |= set(_small_primes(common))
    return {q for q in found if below % q == 0}


def _small_primes(product: Any) -> list[int]:
    """The primes of a product of distinct small primes."""
    found, q = [], gmpy2.mpz(2)
    while product.bit_length() > _SHORT_BITS:
        if product % q == 0:
            found.append(int(q))
            product //= q
        q = gmpy2.next_prime(q)
    return [*found, *prime_factors(int(product))[0]] if product > 1 else found


@lru_cache(maxsize=3)
def _primorial(limit: int) -> Any:
    return gmpy2.primorial(limit)
