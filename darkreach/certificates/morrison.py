"""Kind `n+1`: Morrison's theorem.

F divides N + 1, its prime factors are known, F > sqrt(N) + 1, and all Lucas sequences
used have ONE discriminant D = P^2 - 4Q with Jacobi symbol (D, N) = -1, gcd(2QD, N) = 1.
If for each prime q | F one of them has U_(N+1) = 0 and gcd(U_((N+1)/q), N) = 1, then N
is prime (Brillhart, Lehmer, Selfridge 1975, theorem 16). With a discriminant for each q
the theorem is false: 10877 = 73*149 would pass. From one sequence to the next goes P +
2, P + Q + 1, which keeps D.

For q = 2 the symbol (Q, N) must be -1: with (Q, N) = 1 a prime N has U_((N+1)/2) = 0.
As in `pocklington`, one sequence serves many q.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import gmpy2

from darkreach.arithmetic import Modulus, Number
from darkreach.arithmetic.lucas import LucasLadder
from darkreach.certificates.conclusions import Composite, Unproven
from darkreach.certificates.known_factors import product
from darkreach.certificates.pocklington import trials, without_witness
from darkreach.derivation import Answer, Argument
from darkreach.residues import WITNESS_LIMIT


@dataclass(frozen=True)
class Term:
    """U_m, V_m and Q^m modulo N for one m of a Lucas sequence."""

    u: Any
    v: Any
    power: Any

    def times(self, index: Any, number: Any) -> Term:
        """The term of m*index: U_(m*index)(P, Q) = U_m(P, Q) * U_index(V_m, Q^m)."""
        p, q = self.v, self.power
        u, w = gmpy2.mpz(0), gmpy2.mpz(1)
        v, x = gmpy2.mpz(2), p  # V_j and V_(j+1) of the sequence (V_m, Q^m)
        power = gmpy2.mpz(1)
        for bit in bin(index)[2:]:
            # U_2j = U_j (2U_(j+1) - P U_j), U_(2j+1) = U_(j+1)^2 - Q U_j^2.
            double = u * (2 * w - p * u) % number
            middle = (w * w - q * u * u) % number
            across = (v * x - p * power) % number
            square = power * power % number
            if bit == "1":
                u, w = middle, (p * middle - q * double) % number
                v, x = across, (x * x - 2 * power * q) % number
                power = square * q % number
            else:
                u, w = double, middle
                v, x = (v * v - 2 * power) % number, across
                power = square
        return Term(self.u * u % number, v, power)


@dataclass(frozen=True)
class Rank:
    """Which of the primes divide the rank of appearance of every prime factor of N."""

    p: int
    q: int
    primes: tuple[int, ...]

    def chain(self, modulus: Modulus) -> LucasLadder:
        index = (modulus.number + 1) // product(list(self.primes))
        return LucasLadder(modulus, self.p, self.q, index)

    def answer(self, chain: LucasLadder) -> Answer:
        number = chain.modulus.number
        v, w, power = chain.values()
        # D U_m = 2V_(m+1) - P V_m, and D is prime to N.
        start = Term((2 * w - self.p * v) % number, v, power)
        if start.times(product(list(self.primes)), number).u:
            return {"finding": "composite"}
        shown = []
        for prime, term in _terms(start, self.primes, number):
            common = gmpy2.gcd(term.u, number)
            if common == 1:
                shown.append(prime)
            elif common < number:
                return {"finding": "factor", "factor": int(common)}
        return {"finding": "rank", "shown": shown}


def _terms(
    start: Term, primes: tuple[int, ...], number: Any
) -> Iterator[tuple[int, Term]]:
    """(q, the term of m * product of the other primes) for each of the primes."""
    if len(primes) == 1:
        yield primes[0], start
        return
    middle = len(primes) // 2
    for here, others in (
        (primes[:middle], primes[middle:]),
        (primes[middle:], primes[:middle]),
    ):
        yield from _terms(start.times(product(list(others)), number), here, number)


def show_plus(number: Number, primes: list[int]) -> Argument:
    """(D, witnesses [{"q", "P", "Q"}]) that every prime factor r of N is the symbol
    (D, r) modulo the full powers of these primes in N + 1, or the conclusion that there
    are none."""
    value = number.value()
    start = _discriminant(value)
    if not isinstance(start, int):
        return start
    left = sorted(primes, reverse=True)
    found: dict[int, tuple[int, int]] = {}
    tries: dict[int, int] = dict.fromkeys(left, 0)
    for p, q in islice(_sequences(start), WITNESS_LIMIT):
        symbol = gmpy2.jacobi(q, value)
        if symbol == 0 and q != 0:
            common = int(gmpy2.gcd(q, value))
            return Composite(f"{common} divides it", common)
        asked = tuple(prime for prime in left if prime != 2 or symbol == -1)
        if symbol == 0 or not asked:
            continue
        answer = yield Rank(p, q, asked)
        if answer["finding"] == "factor":
            return Composite("a factor was found", answer["factor"])
        if answer["finding"] == "composite":
            return Composite(f"the Lucas sequence P = {p}, Q = {q} has U_(N+1) not 0")
        if 2 in asked and 2 not in answer["shown"]:
            return Composite(f"U_((N+1)/2) = 0 for P = {p}, Q = {q}, (Q, N) = -1")
        found |= dict.fromkeys(answer["shown"], (p, q))
        left = [prime for prime in left if prime not in found]
        if not left:
            break
        for prime in asked:
            tries[prime] += 1
        tired = [prime for prime in left if tries[prime] >= trials(prime)]
        if tired:
            return (yield from without_witness(number, tired[0]))
    if left:
        return (yield from without_witness(number, left[0]))
    witnesses = [{"q": r, "P": found[r][0], "Q": found[r][1]} for r in primes]
    return start * start + 4, witnesses


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
