"""Kind `n-1`: Pocklington's theorem for N = k*b^n + 1.

F divides N - 1, its prime factors are known, F > sqrt(N), and for each prime q | F
there is an a with a^(N-1) = 1 and gcd(a^((N-1)/q) - 1, N) = 1: then N is prime
(Brillhart, Lehmer, Selfridge 1975, theorem 4; each q may have its own a).
"""

from __future__ import annotations

from dataclasses import dataclass

import gmpy2

from darkreach.arithmetic import Modulus, Number
from darkreach.arithmetic.chains import Power
from darkreach.certificates.conclusions import Composite, Proven, Unproven, certificate
from darkreach.certificates.known_factors import choose
from darkreach.derivation import Answer, Argument
from darkreach.forms.kbn import Kbn
from darkreach.residues import hidden_factor


def applies(number: Number) -> bool:
    return isinstance(number, Kbn) and number.c == 1 and number.b >= 2


def trials(q: int) -> int:
    """How many witnesses to try: for a prime N one fails for q with probability 1/q,
    all of these fail with probability below 2^-64."""
    return 64 // (q.bit_length() - 1) + 1


@dataclass(frozen=True)
class Order:
    """Whether q divides the order of a modulo every prime factor of N."""

    a: int
    q: int

    def chain(self, modulus: Modulus) -> Power:
        return Power(modulus, self.a, (modulus.number - 1) // self.q)

    def answer(self, chain: Power) -> Answer:
        number = chain.modulus.number
        y = chain.modulus.store(chain.x)
        if gmpy2.powmod(y, self.q, number) != 1:
            return {"finding": "composite"}
        common = gmpy2.gcd(y - 1, number)
        if common == 1:
            return {"finding": "good"}
        if common == number:
            return {"finding": "again"}
        return {"finding": "factor", "factor": int(common)}


def make_pocklington(number: Kbn) -> Argument:
    value = number.value()
    if gmpy2.is_square(value):
        return Composite("it is a square", int(gmpy2.isqrt(value)))
    if value % 2 == 0:
        return Composite("2 divides it", 2)
    primes = choose(number, lambda factored: factored * factored > value)
    if primes is None:
        return Unproven("the known prime factors of N - 1 do not reach the square root")
    witnesses = []
    for q in primes:
        found = yield from _witness(number, q)
        if not isinstance(found, int):
            return found
        witnesses.append({"q": q, "a": found})
    return Proven(certificate("n-1", number, {"witnesses": witnesses}))


def _witness(number: Kbn, q: int) -> Argument:
    """An a for this q, or the conclusion that there is none."""
    value = number.value()
    a, left = 1, trials(q)
    while left:
        a = int(gmpy2.next_prime(a))
        symbol = gmpy2.jacobi(a, value)
        if symbol == 0:
            return Composite(f"{a} divides it", a)
        if symbol != -1 and q == 2:
            continue
        left -= 1
        answer = yield Order(a, q)
        if answer["finding"] == "good":
            return a
        if answer["finding"] == "factor":
            return Composite("a factor was found", answer["factor"])
        if answer["finding"] == "composite":
            return Composite(f"{a}^(N-1) is not 1")
        if q == 2:
            return Composite(f"{a}^((N-1)/2) = 1, but the Jacobi symbol of {a} is -1")
    return (yield from without_witness(number, q))


def without_witness(number: Number, q: int) -> Argument:
    """The conclusion when a prime N would have had a witness for q by all chances."""
    factor = yield from hidden_factor(number)
    if factor is not None:
        return Composite("a factor was found", factor)
    return Unproven(f"nothing found shows the prime {q}")
