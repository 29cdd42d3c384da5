"""Kind `proth`: N = k*2^n + 1, k odd, k < 2^n, is prime when a^((N-1)/2) = -1 for some
a (F. Proth 1878). For an a with Jacobi symbol -1 this decides: no prime gives anything
else.
"""

from __future__ import annotations

import gmpy2

from darkreach.arithmetic import Number
from darkreach.certificates.conclusions import Composite, Proven, Unproven, certificate
from darkreach.derivation import Argument
from darkreach.residues import Residue, is_proth, proth_witness


def applies(number: Number) -> bool:
    return is_proth(number)


def make_proth(number: Number) -> Argument:
    value = number.value()
    if gmpy2.is_square(value):
        return Composite("it is a square", int(gmpy2.isqrt(value)))
    a, factor = proth_witness(value)
    if factor is not None:
        return Composite(f"{factor} divides it", factor)
    if a is None:
        return Unproven("no base with Jacobi symbol -1 was found")
    answer = yield Residue(2, a)
    if answer["value"] == "-1":
        return Proven(certificate("proth", number, {"a": a}))
    return Composite(f"{a}^((N-1)/2) is not -1, but the Jacobi symbol of {a} is")
