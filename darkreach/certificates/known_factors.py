"""How much of k*b^n is needed as the factored part F of N - 1 or N + 1."""

from __future__ import annotations

from collections.abc import Callable

import gmpy2

from darkreach.arithmetic.factors import prime_factors
from darkreach.forms.kbn import Kbn

# Larger than F ever has: k and b below 10^4300 with their small primes.
MOST_PRIMES = 24


def choose(
    number: Kbn, enough: Callable[[gmpy2.mpz], bool], last: int | None = None
) -> list[int] | None:
    """The primes q whose full powers in k*b^n make an F that is enough, the largest
    powers first, so that few are used (`last` only when nothing else is left); None
    when all that are known are not enough."""
    exponents: dict[int, int] = {}
    for part, times in ((number.b, number.n), (number.k, 1)):
        for q, e in prime_factors(part)[0].items():
            exponents[q] = exponents.get(q, 0) + e * times
    powers = {q: gmpy2.mpz(q) ** e for q, e in exponents.items()}
    chosen: list[int] = []
    factored = gmpy2.mpz(1)
    for q in sorted(powers, key=lambda q: (q != last, powers[q]), reverse=True):
        if len(chosen) == MOST_PRIMES:
            return None
        chosen.append(q)
        factored *= powers[q]
        if enough(factored):
            return chosen
    return None
