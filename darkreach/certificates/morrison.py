"""Kind `n+1`: Morrison's theorem for N = k*b^n - 1.

F divides N + 1, its prime factors are known, F > sqrt(N) + 1, and all Lucas sequences
used have ONE discriminant D = P^2 - 4Q with Jacobi symbol (D, N) = -1, gcd(2QD, N) = 1.
If for each prime q | F one of them has U_(N+1) = 0 and gcd(U_((N+1)/q), N) = 1, then N
is prime (Brillhart, Lehmer, Selfridge 1975, theorem 16). With a discriminant for each q
the theorem is false: 10877 = 73*149 would pass. From one sequence to the next goes P +
2, P + Q + 1, which keeps D.

For q = 2 the symbol (Q, N) must be -1: with (Q, N) = 1 a prime N has U_((N+1)/2) = 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import gmpy2

from darkreach.arithmetic import Modulus, Number
from darkreach.arithmetic.chains import LucasLadder
from darkreach.certificates.conclusions import Composite, Proven, Unproven, certificate
from darkreach.certificates.known_factors import choose
from darkreach.certificates.pocklington import trials, without_witness
from darkreach.derivation import Answer, Argument
from darkreach.forms.kbn import Kbn
from darkreach.residues import WITNESS_LIMIT


def applies(number: Number) -> bool:
    return isinstance(number, Kbn) and number.c == -1 and number.b >= 2


@dataclass(frozen=True)
class Rank:
    """Whether q divides the rank of appearance of every prime factor of N."""

    p: int
    q: int
    prime: int

    def chain(self, modulus: Modulus) -> LucasLadder:
        index = (modulus.number + 1) // self.prime
        return LucasLadder(modulus, self.p, self.q, index)

    def answer(self, chain: LucasLadder) -> Answer:
        number = chain.modulus.number
        v, w, power = chain.values()
        # U_m = (2V_(m+1) - P V_m) / D, and D is prime to N.
        u = (2 * w - self.p * v) % number
        if u * _last_steps(v, power, self.prime, number) % number:
            return {"finding": "composite"}
        common = gmpy2.gcd(u, number)
        if common == 1:
            return {"finding": "good"}
        if common == number:
            return {"finding": "again"}
        return {"finding": "factor", "factor": int(common)}


def _last_steps(p: gmpy2.mpz, q: gmpy2.mpz, index: int, number: gmpy2.mpz) -> gmpy2.mpz:
    """U_index(p, q) mod N; U_(m*index)(P, Q) = U_m(P, Q) * U_index(V_m, Q^m)."""
    u, following = gmpy2.mpz(0), gmpy2.mpz(1)
    for bit in bin(index)[2:]:
        # U_2j = U_j (2U_(j+1) - P U_j), U_(2j+1) = U_(j+1)^2 - Q U_j^2.
        double = u * (2 * following - p * u) % number
        middle = (following * following - q * u * u) % number
        if bit == "1":
            u, following = middle, (p * middle - q * double) % number
        else:
            u, following = double, middle
    return u


def make_morrison(number: Kbn) -> Argument:
    value = number.value()
    if gmpy2.is_square(value):
        return Composite("it is a square", int(gmpy2.isqrt(value)))
    if value % 2 == 0:
        return Composite("2 divides it", 2)
    primes = choose(number, lambda factored: (factored - 1) ** 2 > value, last=2)
    if primes is None:
        return Unproven("the known prime factors of N + 1 do not reach the square root")
    start = _discriminant(value)
    if not isinstance(start, int):
        return start
    witnesses = []
    for prime in primes:
        found = yield from _witness(number, start, prime)
        if not isinstance(found, tuple):
            return found
        p, q = found
        witnesses.append({"q": prime, "P": p, "Q": q})
    fields = {"D": start * start + 4, "witnesses": witnesses}
    return Proven(certificate("n+1", number, fields))


def _discriminant(value: gmpy2.mpz) -> int | Composite | Unproven:
    """The least P whose D = P^2 + 4 (Q = -1) has Jacobi symbol -1."""
    for p in range(1, WITNESS_LIMIT):
        symbol = gmpy2.jacobi(p * p + 4, value)
        if symbol == -1:
            return p
        if symbol == 0 and (common := gmpy2.gcd(p * p + 4, value)) < value:
            return Composite(f"{common} divides it", int(common))
    return Unproven("no discriminant with Jacobi symbol -1 was found")


def _sequences(p: int) -> Iterator[tuple[int, int]]:
    """(P, Q) of one discriminant, from (p, -1)."""
    q = -1
    while True:
        yield p, q
        p, q = p + 2, p + q + 1


def _witness(number: Kbn, start: int, prime: int) -> Argument:
    """(P, Q) for this prime, or the conclusion that there is none."""
    value = number.value()
    left = trials(prime)
    for p, q in islice(_sequences(start), WITNESS_LIMIT):
        symbol = gmpy2.jacobi(q, value)
        if symbol == 0 and q != 0:
            common = int(gmpy2.gcd(q, value))
            return Composite(f"{common} divides it", common)
        if symbol == 0 or (symbol == 1 and prime == 2):
            continue
        left -= 1
        answer = yield Rank(p, q, prime)
        if answer["finding"] == "good":
            return p, q
        if answer["finding"] == "factor":
            return Composite("a factor was found", answer["factor"])
        if answer["finding"] == "composite":
            return Composite(f"the Lucas sequence P = {p}, Q = {q} has U_(N+1) not 0")
        if prime == 2:
            return Composite(f"U_((N+1)/2) = 0 for P = {p}, Q = {q}, (Q, N) = -1")
        if not left:
            break
    return (yield from without_witness(number, prime))
