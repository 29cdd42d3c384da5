"""Provers without a transform: honest ones, and one who knows elements of low order."""

from __future__ import annotations

from typing import Any

import gmpy2

from darkreach import forms
from darkreach.arithmetic.gmp import Division
from darkreach.checks.pietrzak import Claim, first_claim, middles
from darkreach.checks.proof_file import Terms, TestProof
from darkreach.residues import Residue, fermat_bases, is_proth, proth_witness


def terms_of(expression: str, power: int) -> Terms:
    """What the test stage would prove of this number."""
    number = forms.number(expression)
    witness = proth_witness(number.value())[0] if is_proth(number) else None
    if witness is not None:
        residue = Residue(2, witness).with_proof(number, power)
    else:
        residue = Residue(1, next(fermat_bases(number))).with_proof(number, power)
    assert residue.terms is not None
    return residue.terms


def true_value(terms: Terms) -> Any:
    value = terms.number.value()
    return gmpy2.powmod(terms.base, terms.exponent_value(), value)


def claimed(terms: Terms, y: Any) -> TestProof:
    """The proof with honest middles, begun with the hash of any y."""
    value, exponent = terms.number.value(), terms.exponent_value()
    places = terms.layout().positions(terms.power)
    length = exponent.bit_length()
    challenges = terms.challenges(y)

    def point(number: int) -> Any:
        used = exponent >> (length - places[number - 1])
        return gmpy2.powmod(terms.base, used, value)

    found = [
        middle
        for middle in middles(
            Division(value),
            terms.power,
            point,
            lambda m: challenges.after(terms.bytes_of(m)),
        )
        if middle is not None
    ]
    return TestProof(terms, y, tuple(found))


def honest(expression: str, power: int) -> TestProof:
    terms = terms_of(expression, power)
    return claimed(terms, true_value(terms))


def forged(terms: Terms, root: Any, order: int, most_tries: int = 10**6) -> TestProof:
    """A proof of (true value) * root, root^order = 1. At one level the middle is
    multiplied by a power of the root until the challenge happens to cancel it."""
    arithmetic = Division(terms.number.value())
    value = arithmetic.number
    y = true_value(terms) * root % value
    claim = first_claim(
        arithmetic,
        terms.layout(),
        terms.base,
        terms.exponent_value(),
        terms.power,
        y,
    )
    challenges, found, wrong = terms.challenges(y), [], 1
    for _ in range(terms.power):
        middle = middle_of(terms, claim)
        half, twice = (claim.span + 1) // 2, 1 + claim.span % 2
        if wrong:
            shift = gmpy2.powmod(2, half, order)
            for a in range(min(order, most_tries)):
                said = middle * gmpy2.powmod(root, a, value) % value
                copy = terms.challenges(y)
                for each in found:
                    copy.after(terms.bytes_of(each))
                h = copy.after(terms.bytes_of(said))
                if (a * (shift - h) - twice * wrong) % order == 0:
                    middle, wrong = said, 0
                    break
            else:
                # The error of the next claim is that of y squared or not.
                wrong = twice * wrong % order
        found.append(middle)
        h = challenges.after(terms.bytes_of(middle))
        claim = claim.folded(arithmetic, middle, h)
    return TestProof(terms, y, tuple(found))


def middle_of(terms: Terms, claim: Claim) -> Any:
    """The honest middle of a claim, by its limbs."""
    value, half = terms.number.value(), len(claim.limbs) // 2
    step, bits = claim.span // len(claim.limbs), 0
    for limb in claim.limbs[:half]:
        bits = (bits << step) + limb
    x = gmpy2.powmod(claim.x, gmpy2.mpz(1) << (claim.span + 1) // 2, value)
    return x * gmpy2.powmod(terms.base, bits, value) % value
