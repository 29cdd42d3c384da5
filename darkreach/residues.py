"""What one test says about a number: the choice of test and base, and the residue.

Residue types are those of GIMPS: 1 is a^(N-1) mod N, and N is a probable prime when it
is 1; 2 is a^((N-1)/2), and is -1 for a prime when the Jacobi symbol (a, N) is -1.

N = k*2^n + 1 with k odd, k < 2^n gets the Proth test: type 2 to the least odd prime a
with (a, N) = -1, and -1 proves N prime. All other numbers get type 1 to the least prime
a >= 3 that neither divides N nor says nothing about the form (definitions: a power of
the base itself passes for every member of some forms). Below 2^64 the Baillie-PSW test
is exact and decides. A factor met on the way (a square root, a base with Jacobi symbol
0) is reported beside the residue.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import gmpy2

from darkreach.arithmetic import Modulus, Number, check_size
from darkreach.arithmetic.chains import DamageError
from darkreach.arithmetic.factors import EXACT_BITS, least_factor
from darkreach.arithmetic.power import Power
from darkreach.checks.proof_file import Terms
from darkreach.checks.proven_power import ProvenPower
from darkreach.derivation import Answer, Argument
from darkreach.expression import nodes, parse
from darkreach.forms.kbn import Kbn

# Enough for every N that is not a square: the least prime with Jacobi symbol -1 is
# below 2 ln(N)^2 under the generalised Riemann hypothesis, and in practice below 200.
WITNESS_LIMIT = 10_000
# A composite that passes this many Fermat tests is a Carmichael number without a small
# prime factor; a square root of 1 modulo N other than +-1 then gives a factor.
FERMAT_BASES = 6


@dataclass(frozen=True)
class Residue:
    """a^(N-1) (type 1) or a^((N-1)/2) (type 2) modulo N, asked of a chain."""

    type: int
    base: int
    #: With a test proof of 2^(proof's power) points; how it is described.
    terms: Terms | None = field(default=None, repr=False)

    def chain(self, modulus: Modulus) -> Power:
        number = modulus.number
        if self.terms is not None:
            return ProvenPower(modulus, self.terms)
        if self._by_upper(number):
            return Power(modulus, self.base, number + 1)
        return Power(modulus, self.base, (number - 1) >> (self.type - 1))

    def answer(self, chain: Power) -> Answer:
        number, value = chain.modulus.number, chain.value()
        x = value
        if self._by_upper(number):
            square = gmpy2.mpz(self.base) ** 2
            x = value * gmpy2.invert(square, number) % number
        answer = {
            "residue_type": self.type,
            "base": self.base,
            "value": _special_value(x, number),
            "res2048": f"{int(gmpy2.f_mod_2exp(x, 2048)):0512x}",
        }
        self._read_again(answer, chain, x)
        if isinstance(chain, ProvenPower) and chain.proof is not None:
            answer["proof"] = chain.proof.described()
        return answer

    def with_proof(self, number: Number, power: int) -> Residue:
        """The same residue with a test proof of 2^power points; without, where power is
        0."""
        if not power:
            return self
        value = number.value()
        upper = self._by_upper(value)
        exponent = "N+1" if upper else "N-1" if self.type == 1 else "(N-1)/2"
        terms = Terms(number, self.base, exponent, power)
        return Residue(self.type, self.base, terms)

    def _by_upper(self, number: Any) -> bool:
        """Whether a^(N+1) / a^2 is the cheaper way: k*2^n - 1 and its like, where N + 1
        ends in zeros and needs nothing but squarings."""
        zeros = gmpy2.bit_scan1(number + 1)
        return bool(self.type == 1 and 2 * zeros > number.bit_length())

    def _read_again(self, answer: Answer, chain: Power, x: Any) -> None:
        """Whether what is written down is the checked value of the chain."""
        number, value = chain.modulus.number, chain.value()
        whole = x * self.base**2 % number if self._by_upper(number) else x
        low = int(answer["res2048"], 16)
        same = whole == value and low == gmpy2.f_mod_2exp(x, 2048)
        if not same or answer["value"] != _special_value(x, number):
            raise DamageError("a residue changed while it was written down")


@dataclass(frozen=True)
class Root:
    """A square root of 1 other than +-1 among a^((N-1)/2), a^((N-1)/4), ..., and the
    factor that it gives: at least half of all bases have one when N is a Carmichael
    number (Miller 1976)."""

    base: int

    def chain(self, modulus: Modulus) -> Power:
        odd = (modulus.number - 1) >> gmpy2.bit_scan1(modulus.number - 1)
        return Power(modulus, self.base, odd)

    def answer(self, chain: Power) -> Answer:
        number = chain.modulus.number
        x = chain.value()
        for _ in range(gmpy2.bit_scan1(number - 1)):
            square = x * x % number
            if square == 1 and x not in (1, number - 1):
                return {"factor": int(gmpy2.gcd(x - 1, number))}
            x = square
        return {"factor": None}


def _special_value(x: Any, number: Any) -> str:
    if x == 1:
        return "1"
    return "-1" if x == number - 1 else "other"


def is_proth(number: Number) -> bool:
    """Whether Proth's theorem applies: k*2^n + 1 with k odd and k < 2^n."""
    return (
        isinstance(number, Kbn)
        and (number.b, number.c) == (2, 1)
        and number.k % 2 == 1
        and number.k.bit_length() <= number.n
    )


def odd_primes(limit: int) -> Iterator[int]:
    """3, 5, 7, 11, ... up to the limit."""
    prime = 3
    while prime <= limit:
        yield prime
        prime = int(gmpy2.next_prime(prime))


def proth_witness(value: Any, skip: int = 0) -> tuple[int | None, int | None]:
    """The least odd prime a with Jacobi symbol (a, N) = -1 after `skip` others, and a
    prime a < N that divides N if one was met before it. A square has no such a."""
    factor = None
    if gmpy2.is_square(value):
        return None, factor
    for a in odd_primes(WITNESS_LIMIT):
        symbol = gmpy2.jacobi(a, value)
        if symbol == -1 and skip == 0:
            return a, factor
        skip -= symbol == -1
        if symbol == 0 and a != value and factor is None:
            factor = a
    return None, factor


def fermat_bases(number: Number) -> Iterator[int]:
    """Primes that can be the base of a Fermat test of this number, least first."""
    value = number.value()
    silent = _bases_of_powers(number)
    for a in odd_primes(WITNESS_LIMIT):
        if value % a and not any(_is_power_of(base, a) for base in silent):
            yield a


def _bases_of_powers(number: Number) -> list[int]:
    """The b of every b^n in the formula."""
    if isinstance(number, Kbn):
        return [number.b]
    return list(_bases(parse(number.expression)[0]))


def _bases(node: nodes.Node) -> Iterator[int]:
    match node:
        case nodes.Power(nodes.Integer(base), _):
            yield base
        case nodes.Power(nodes.Sum(((-1, nodes.Integer(base)),)), _):
            yield base  # (-b)^n
        case _:
            for part in nodes.parts(node):
                yield from _bases(part)


def _is_power_of(base: int, prime: int) -> bool:
    if base < 2:
        return False
    while base % prime == 0:
        base //= prime
    return base == 1


def decide(number: Number, power: int = 0, variant: int = 0) -> Argument:
    """The argument of the test stage; concludes with the fields of an outcome.

    power: if positive, the residue comes with a test proof of 2^power points.
    variant: 0 tests to the usual base, 1, 2, ... to the next ones that fit.
    """
    check_size(number)
    value = number.value()
    factor = int(gmpy2.isqrt(value)) if gmpy2.is_square(value) else None
    witness = None
    if is_proth(number):
        witness, met = proth_witness(value, variant)
        factor = factor or met
    answer = None
    if witness is not None:
        answer = yield Residue(2, witness).with_proof(number, power)
    elif base := next(islice(fermat_bases(number), variant, None), None):
        answer = yield Residue(1, base).with_proof(number, power)
    elif factor is None and variant == 0:
        factor = 3  # every possible base divides N
    verdict = _verdict(value, answer, factor)
    if verdict == "composite" and answer is not None and not _shows(answer):
        return (yield from show_composite(number, factor, skip=answer["base"]))
    return _outcome(verdict, answer, factor)


def show_composite(
    number: Number, factor: int | None = None, skip: int | None = None
) -> Argument:
    """Given that the number is composite: a Fermat residue that shows it, else a
    factor."""
    for base in islice(fermat_bases(number), FERMAT_BASES):
        if base != skip:
            answer = yield Residue(1, base)
            if _shows(answer):
                return _outcome("composite", answer, factor)
    value = number.value()
    if factor is None and value.bit_length() <= EXACT_BITS:
        factor = least_factor(int(value))
    if factor is None:
        factor = yield from hidden_factor(number)
    return _outcome("composite", None, factor)


def hidden_factor(number: Number) -> Argument:
    """A factor of a Carmichael number; None when a few bases show none."""
    for base in islice(fermat_bases(number), FERMAT_BASES):
        answer = yield Root(base)
        if answer["factor"] is not None:
            return answer["factor"]
    return None


def _verdict(value: Any, answer: Answer | None, factor: int | None) -> str:
    if value.bit_length() <= EXACT_BITS:
        return "prime" if gmpy2.is_prime(value) else "composite"
    if factor is not None or answer is None:
        return "composite"
    if answer["residue_type"] == 2:
        return "prime" if answer["value"] == "-1" else "composite"
    return "probable prime" if answer["value"] == "1" else "composite"


def _shows(answer: Answer) -> bool:
    """Whether the residue is one that no prime has."""
    return answer["value"] not in (
        ("1",) if answer["residue_type"] == 1 else ("1", "-1")
    )


def _outcome(verdict: str, answer: Answer | None, factor: int | None) -> dict[str, Any]:
    """The fields of an outcome that the argument knows."""
    res2048 = answer["res2048"] if answer else None
    return {
        "verdict": verdict,
        "residue_type": answer["residue_type"] if answer else None,
        "base": answer["base"] if answer else None,
        "res64": res2048[-16:].upper() if res2048 else None,
        "res2048": res2048,
        "factor": str(factor) if factor is not None else None,
        "errors": {},
        "proof": answer.get("proof") if answer else None,
    }


def res64_prst(outcome: dict[str, Any]) -> str | None:
    """RES64 as PRST and LLR print it: type 1 as it is, type 2 plus one, and a prime as
    0000000000000001."""
    if outcome["residue_type"] != 2:
        text: str | None = outcome["res64"]
        return text
    if outcome["verdict"] == "prime":
        return f"{1:016X}"
    return f"{(int(outcome['res64'], 16) + 1) % 2**64:016X}"
