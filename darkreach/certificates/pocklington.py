"""Kind `n-1`: Pocklington's theorem.

F divides N - 1, its prime factors are known, F > sqrt(N), and for each prime q | F
there is an a with a^(N-1) = 1 and gcd(a^((N-1)/q) - 1, N) = 1: then N is prime
(Brillhart, Lehmer, Selfridge 1975, theorem 4; each q may have its own a).

One base serves many q: from y = a^((N-1)/(q1*...*qr)) all a^((N-1)/q) follow by halving
the list of primes, at the cost of a few short powers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gmpy2

from darkreach.arithmetic import Modulus, Number
from darkreach.arithmetic.power import Power
from darkreach.certificates.conclusions import Composite, Unproven
from darkreach.certificates.known_factors import product
from darkreach.derivation import Answer, Argument
from darkreach.residues import hidden_factor


def trials(q: int) -> int:
    """How many witnesses to try: for a prime N one fails for q with probability 1/q,
    all of these fail with probability below 2^-64."""
    return 64 // (q.bit_length() - 1) + 1


@dataclass(frozen=True)
class Order:
    """Which of the primes divide the order of a modulo every prime factor of N."""

    a: int
    primes: tuple[int, ...]

    def chain(self, modulus: Modulus) -> Power:
        exponent = (modulus.number - 1) // product(list(self.primes))
        return Power(modulus, self.a, exponent)

    def answer(self, chain: Power) -> Answer:
        number = chain.modulus.number
        y = chain.value()
        if gmpy2.powmod(y, product(list(self.primes)), number) != 1:
            return {"finding": "composite"}
        shown = []
        for q, power in _powers(y, self.primes, number):
            common = gmpy2.gcd(power - 1, number)
            if common == 1:
                shown.append(q)
            elif common < number:
                return {"finding": "factor", "factor": int(common)}
        return {"finding": "order", "shown": shown}


def _powers(y: Any, primes: tuple[int, ...], number: Any) -> Iterator[tuple[int, Any]]:
    """(q, y^(product of the other primes)) for each of the primes."""
    if len(primes) == 1:
        yield primes[0], y
        return
    middle = len(primes) // 2
    for here, others in (
        (primes[:middle], primes[middle:]),
        (primes[middle:], primes[:middle]),
    ):
        power = gmpy2.powmod(y, product(list(others)), number)
        yield from _powers(power, here, number)


def show_minus(number: Number, primes: list[int]) -> Argument:
    """Witnesses [{"q", "a"}] that every prime factor of N is 1 modulo the full powers
    of these primes in N - 1, or the conclusion that there are none."""
    value = number.value()
    left = sorted(primes, reverse=True)
    found: dict[int, int] = {}
    tries: dict[int, int] = dict.fromkeys(left, 0)
    a = 1
    while left:
        a = int(gmpy2.next_prime(a))
        symbol = gmpy2.jacobi(a, value)
        if symbol == 0 and a < value:
            return Composite(f"{a} divides it", a)
        # A square modulo N never shows 2.
        asked = tuple(q for q in left if q != 2 or symbol == -1)
        if not asked or symbol == 0:
            continue
        answer = yield Order(a, asked)
        if answer["finding"] == "factor":
            return Composite("a factor was found", answer["factor"])
        if answer["finding"] == "composite":
            return Composite(f"{a}^(N-1) is not 1")
        if 2 in asked and 2 not in answer["shown"]:
            return Composite(f"{a}^((N-1)/2) = 1, but the Jacobi symbol of {a} is -1")
        found |= dict.fromkeys(answer["shown"], a)
        left = [q for q in left if q not in found]
        for q in asked:
            tries[q] += 1
        tired = [q for q in left if tries[q] >= trials(q)]
        if tired:
            return (yield from without_witness(number, tired[0]))
    return [{"q": q, "a": found[q]} for q in primes]


def without_witness(number: Number, q: int) -> Argument:
    """The conclusion when a prime N would have had a witness for q by all chances."""
    factor = yield from hidden_factor(number)
    if factor is not None:
        return Composite("a factor was found", factor)
    return Unproven(f"nothing found shows the prime {q}")
