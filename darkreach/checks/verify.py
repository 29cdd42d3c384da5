"""Is a test proof valid, and what does it show?

    verify(data, "3*2^100003+1")

folds the claim, computes what is left of it, and asks for elements of low order. The
parts serve a site that lets workers compute what is left: `fold` on its own machine,
`blind` with a secret exponent, `stages/certify.py` on any worker, and `verdict`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import gmpy2

from darkreach import forms
from darkreach.arithmetic import Number, modulus
from darkreach.checks import low_order
from darkreach.checks.gerbicz import climbed
from darkreach.checks.pietrzak import Claim, first_claim, last_claim
from darkreach.checks.proof_file import TestProof, read
from darkreach.errors import DarkreachError

#: Bits of the secret prime exponent.
_SECRET_BITS = 64


@dataclass(frozen=True)
class Verdict:
    """Whether a proof is valid, why not, and the residue that it shows.

    verdict: `composite`, `probable prime` or `prime` by the residue. suspicious: the
    proof is valid, but the number must be tested again before it counts as composite.
    """

    valid: bool
    reason: str
    suspicious: bool = False
    verdict: str = ""
    residue_type: int = 0
    base: int = 0
    res64: str = ""
    res2048: str = ""

    @property
    def accepted(self) -> bool:
        """Whether a composite verdict may rest on it."""
        return self.valid and not self.suspicious


def verify(data: bytes, expression: str | None = None) -> Verdict:
    """The whole verification, for about a hundredth of a long test."""
    try:
        proof = read(data, forms.number(expression) if expression else None)
    except DarkreachError as trouble:
        return Verdict(False, str(trouble))
    claim = fold(proof)
    if computed(proof.terms.number, proof.terms.base, claim) != claim.y:
        return Verdict(False, "the proof does not fit its residue")
    return verdict(proof)


def fold(proof: TestProof) -> Claim:
    """The claim that is left after all halvings."""
    terms = proof.terms
    arithmetic = modulus(terms.number)
    exponent = terms.exponent_value()
    claim = first_claim(
        arithmetic, terms.layout(), terms.base, exponent, terms.power, proof.y
    )
    challenges = terms.challenges(proof.y)
    for middle in proof.middles:
        h = challenges.after(terms.bytes_of(middle))
        claim = claim.folded(arithmetic, middle, h)
    return claim


def blind(proof: TestProof, claim: Claim) -> Claim:
    """The claim raised to a secret random prime: what a worker returns for its left
    side is right only if it was computed."""
    while True:
        secret = secrets.randbits(_SECRET_BITS) | 1 << _SECRET_BITS - 1 | 1
        if gmpy2.is_prime(secret):
            return claim.blinded(modulus(proof.terms.number), secret)


def described(proof: TestProof, claim: Claim) -> dict[str, Any]:
    """The claim as stage `certify` takes it; it computes the left side."""
    start, bits = last_claim(modulus(proof.terms.number), claim, proof.terms.base)
    return {
        "expression": proof.terms.number.expression,
        "base": proof.terms.base,
        "start": start.digits(16),
        "span": claim.span,
        "bits": gmpy2.mpz(bits).digits(16),
    }


def computed(number: Number, base: int, claim: Claim) -> Any:
    """The left side of a claim, in one go."""
    arithmetic = modulus(number)
    start, bits = last_claim(arithmetic, claim, base)
    x = climbed(arithmetic, arithmetic.load(start), base, int(bits), claim.span)
    return arithmetic.store(x)


def verdict(proof: TestProof) -> Verdict:
    """What a valid proof says about its number, and whether to believe it."""
    terms, y = proof.terms, proof.y
    value = terms.number.value()
    kind = 2 if terms.exponent == "(N-1)/2" else 1
    residue = y
    if terms.exponent == "N+1":
        residue = y * gmpy2.invert(gmpy2.mpz(terms.base) ** 2, value) % value
    said = _said(residue, value, kind, terms.base)
    low = int(gmpy2.f_mod_2exp(residue, 2048))
    shown = (said, kind, terms.base, f"{low % 2**64:016X}", f"{low:0512x}")
    if said == "composite":
        fermat = residue * residue % value if kind == 2 else residue
        s = low_order.exponent(terms.number)
        if s is None:
            reason = "elements of low order cannot be excluded for this form"
            return Verdict(True, reason, True, *shown)
        if low_order.suspicious(modulus(terms.number), fermat, s):
            reason = "the residue has a low order: it may hide a prime"
            return Verdict(True, reason, True, *shown)
    return Verdict(True, "the residue is that of the test", False, *shown)


def _said(residue: Any, value: Any, kind: int, base: int) -> str:
    if kind == 1:
        return "probable prime" if residue == 1 else "composite"
    if residue == value - 1 and gmpy2.jacobi(base, value) == -1:
        return "prime"
    return "probable prime" if residue in (1, value - 1) else "composite"
