"""The test of A. Vrba and T. Reix for Wagstaff numbers W = (2^p + 1)/3: evidence, no
proof.

S_0 = 3/2 modulo W, S <- S^2 - 2. If W is prime, S_(p-1) = S_0: 3/2 = x + 1/x with
x = (3 + r)/4, r^2 = -7, and W, which is 1 or 4 modulo 7 and 3 modulo 8, has that r, and
a root of -2; so x is the square of (r - 1)/2 over a root of -2, x^((W-1)/2) = 1, and
x^(2^(p-1)) = x^((3W-1)/2) = x. That no composite W passes is unproven.
"""

from __future__ import annotations

from dataclasses import dataclass

import gmpy2

from darkreach.arithmetic import Modulus, Number
from darkreach.arithmetic.lucas import LucasLehmerRiesel
from darkreach.derivation import Answer, Argument
from darkreach.forms.divided import divided

PASSED = "it passes the Vrba-Reix test, which is evidence and unproven"
FAILED = "it fails the Vrba-Reix test, as no prime does"


def applies(number: Number) -> bool:
    """Whether it is (2^p + 1)/3 for a prime p."""
    part = divided(number)
    if part is None or part.divisor != 3:
        return False
    m = part.multiple.normalised()
    return (m.k, m.b, m.c) == (1, 2, 1) and bool(gmpy2.is_prime(m.n))


@dataclass(frozen=True)
class Return:
    """Whether S_(p-1) is S_0."""

    p: int

    def chain(self, modulus: Modulus) -> LucasLehmerRiesel:
        # The digits of the first terms are periodic, which adds up round-off: they are
        # few, and computed here.
        number, early = modulus.number, self.p.bit_length() + 10
        first = s = (number + 3) // 2
        for _ in range(early):
            s = (s * s - 2) % number
        return LucasLehmerRiesel(modulus, 1, self.p + 1 - early, s, end=first)

    def answer(self, chain: LucasLehmerRiesel) -> Answer:
        return {"returns": bool(chain.values()[0] == chain.end)}


def heard(number: Number) -> Argument:
    """What the test says, in words; nothing of other numbers."""
    if not applies(number):
        return ""
    part = divided(number)
    assert part is not None
    answer = yield Return(part.multiple.normalised().n)
    return PASSED if answer["returns"] else FAILED
