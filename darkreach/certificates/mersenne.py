"""Kind `ll`: the Lucas-Lehmer test of N = 2^p - 1, p an odd prime.

S_0 = 4, S <- S^2 - 2; N is prime exactly when S_(p-2) = 0 (D. H. Lehmer 1930). It is
the LLR test with k = 1.
"""

from __future__ import annotations

import gmpy2

from darkreach.arithmetic import Number
from darkreach.certificates.conclusions import Composite, Proven, certificate
from darkreach.certificates.llr import Last
from darkreach.derivation import Argument
from darkreach.forms.kbn import Kbn


def applies(number: Number) -> bool:
    return (
        isinstance(number, Kbn)
        and (number.k, number.b, number.c) == (1, 2, -1)
        and number.n > 2
        and bool(gmpy2.is_prime(number.n))
    )


def make_mersenne(number: Kbn) -> Argument:
    answer = yield Last(1, number.n, 4)
    if answer["zero"]:
        return Proven(certificate("ll", number, {}))
    return Composite(f"the last term from 4 is not 0 but {answer['res64']}")
