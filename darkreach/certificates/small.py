"""Kind `small`: N < 2^64, where the Baillie-PSW test has no exception."""

from __future__ import annotations

import gmpy2

from darkreach.arithmetic import Number
from darkreach.arithmetic.factors import EXACT_BITS, least_factor
from darkreach.certificates.conclusions import Composite, Proven, certificate
from darkreach.derivation import Argument


def applies(number: Number) -> bool:
    return bool(number.value().bit_length() <= EXACT_BITS)


def make_small(number: Number) -> Argument:
    """Concludes at once; no question is asked."""
    value = number.value()
    if gmpy2.is_prime(value):
        return Proven(certificate("small", number, {}))
    return Composite("it has a small factor", least_factor(int(value)))
    yield  # an argument is a generator, even one without a question
