"""Kind `llr`: the Lucas-Lehmer-Riesel test of N = k*2^n - 1, k odd, k < 2^n, n >= 3.

u_0 = V_k(v1, 1), u <- u^2 - 2; N is prime exactly when u_(n-2) = 0 (H. Riesel 1969).
v1 must have Jacobi symbols (v1 - 2, N) = 1 and (v1 + 2, N) = -1: it is 4 when 3 does
not divide k, otherwise the least that fits (O. Rödseth 1994).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import gmpy2

from darkreach.arithmetic import Modulus, Number
from darkreach.arithmetic.lucas import LucasLehmerRiesel
from darkreach.certificates.conclusions import Composite, Proven, Unproven, certificate
from darkreach.derivation import Answer, Argument
from darkreach.forms.kbn import Kbn
from darkreach.residues import WITNESS_LIMIT


def applies(number: Number) -> bool:
    return (
        isinstance(number, Kbn)
        and (number.b, number.c) == (2, -1)
        and number.k % 2 == 1
        and number.n >= 3
        and number.k.bit_length() <= number.n
    )


@dataclass(frozen=True)
class Last:
    """The last term of the sequence, u_(n-2) mod N."""

    k: int = field(repr=False)  # any number of digits
    n: int
    v1: int

    def chain(self, modulus: Modulus) -> LucasLehmerRiesel:
        return LucasLehmerRiesel(modulus, self.k, self.n, self.v1)

    def answer(self, chain: LucasLehmerRiesel) -> Answer:
        last = chain.values()[0]
        return {"zero": bool(last == 0), "res64": res64(last)}


def res64(value: int) -> str:
    """The low 64 bits in the usual way of writing."""
    return f"{int(gmpy2.f_mod_2exp(value, 64)):016X}"


def start_value(number: Kbn) -> int | None:
    """v1, or None when there is none below the bound. N must not be divisible by 3."""
    if number.k % 3:
        return 4
    value = number.value()
    for v1 in range(3, WITNESS_LIMIT):
        if gmpy2.jacobi(v1 - 2, value) == 1 and gmpy2.jacobi(v1 + 2, value) == -1:
            return v1
    return None


def make_llr(number: Kbn) -> Argument:
    if number.mod(3) == 0:
        return Composite("3 divides it", 3)
    v1 = start_value(number)
    if v1 is None:
        return Unproven("no start value of the Lucas sequence was found")
    answer = yield Last(number.k, number.n, v1)
    if answer["zero"]:
        return Proven(certificate("llr", number, {"v1": v1}))
    return Composite(f"the last term from v1 = {v1} is not 0 but {answer['res64']}")
