"""Proofs from factors of N-1 and N+1: kinds `n-1`, `n+1` and `bls75`.

One side is enough when its factored part passes the square root of N (`pocklington`,
`morrison`). Kind `bls75` needs only the cube root, of both sides together: every prime
factor of a composite N lies in a known residue class, one of them in that of N itself
modulo L = lcm(F1, F2), and a number has few divisors in a class modulo L > N^(1/3), all
of them found by H. W. Lenstra's algorithm (Divisors in residue classes, 1984). The
theorem is in the spirit of Brillhart, Lehmer, Selfridge 1975, theorem 20. Finding no
such divisor is left to the verifier: for a prime there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gmpy2

from darkreach.arithmetic import Number
from darkreach.certificates.conclusions import Composite, Proven, Unproven, certificate
from darkreach.certificates.known_factors import Side
from darkreach.certificates.morrison import show_plus
from darkreach.certificates.pocklington import show_minus
from darkreach.derivation import Argument
from darkreach.forms.kbn import Kbn

#: Makes the certificate of a prime factor above 2^64; None if that fails.
Certify = Callable[[int], dict[str, Any] | None]

_OWN_CERTIFICATE = 2**64


def make_bls75(number: Number, certify: Certify) -> Argument:
    """Prove with what is known of N-1 and N+1; Unproven when that is too little."""
    value = number.value()
    if gmpy2.is_square(value):
        return Composite("it is a square", int(gmpy2.isqrt(value)))
    if value % 2 == 0:
        return Composite("2 divides it", 2)
    sides = Side(number, 1), Side(number, -1)
    for searched in (False, True):
        if searched:
            for side in sides:
                side.search()
        proof = _theorem(*sides)
        if proof is not None:
            return (yield from _prove(number, *proof, certify))
    shares = [side.product.bit_length() / value.bit_length() for side in sides]
    return Unproven(
        f"{shares[0]:.1%} of N-1 and {shares[1]:.1%} of N+1 are factored; "
        "a proof needs a third of N from both"
    )


def _theorem(minus: Side, plus: Side) -> tuple[str, list[int], list[int]] | None:
    """The kind of proof, and the primes of N-1 and of N+1 that it uses."""
    value = minus.number.value()

    def cube(factored: Any) -> bool:
        return bool(factored**3 > value)

    if all(q < _OWN_CERTIFICATE for side in (minus, plus) for q in side.powers):
        square = minus.choose(lambda factored: factored**2 > value)
        beyond = plus.choose(lambda factored: (factored - 1) ** 2 > value, last=2)
        if square and not (beyond and _is_for_plus(minus.number, square, beyond)):
            return "n-1", square, []
        if beyond:
            return "n+1", [], beyond
    if primes := minus.choose(cube, last=2):
        return "bls75", primes, []
    if primes := plus.choose(cube, last=2):
        return "bls75", [], primes
    # 2 is in both, and counts once.
    first = minus.product
    primes = plus.choose(lambda factored: cube(gmpy2.lcm(first, factored)), last=2)
    return ("bls75", list(minus.powers), primes) if primes else None


def _is_for_plus(number: Number, square: list[int], beyond: list[int]) -> bool:
    """Whether N+1 is the better side: that of k*b^n-1, or with far fewer primes."""
    if isinstance(number, Kbn):
        return number.c == -1
    return len(square) > 2 * len(beyond)


def _prove(
    number: Number, kind: str, minus: list[int], plus: list[int], certify: Certify
) -> Argument:
    fields: dict[str, Any] = {}
    factors = []
    for q in sorted({q for q in (*minus, *plus) if q >= _OWN_CERTIFICATE}):
        own = certify(q)
        if own is None:
            return Unproven(f"a prime factor of {q.bit_length()} bits has no proof")
        factors.append(own)
    discriminant, witnesses, second = 0, [], []
    if minus:
        witnesses = yield from show_minus(number, minus)
        if not isinstance(witnesses, list):
            return witnesses
    if plus:
        found = yield from show_plus(number, plus)
        if not isinstance(found, tuple):
            return found
        discriminant, second = found
    if kind == "n-1":
        fields = {"witnesses": witnesses}
    elif kind == "n+1":
        fields = {"D": discriminant, "witnesses": second}
    else:
        fields = {
            "minus": witnesses,
            "D": discriminant,
            "plus": second,
            "factors": factors,
        }
    return Proven(certificate(kind, number, fields))
