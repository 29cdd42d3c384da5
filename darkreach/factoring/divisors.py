"""What is known to divide f-1 for every prime factor f of a number.

Let b have the order d modulo f. If f divides b^n-1 then d divides n, and if f divides
b^n+1 then d divides 2n but not n; and d divides f-1. So with the sign + all twos of 2n
are in d, and a prime n leaves no choice, but for the few f that divide b-1 or b+1.
"""

from __future__ import annotations

import re

import gmpy2

from darkreach.arithmetic import Number
from darkreach.forms.kbn import Kbn

#: (b^n+-1)/m, as Wagstaff numbers and repunits are written.
_QUOTIENT = re.compile(r"\(?(\d{1,18})\^(\d{1,18})([+-])1\)?(?:/\d+|/\(\d+-1\))")


def certain_divisor(number: Number) -> int:
    """A divisor of f-1 for (nearly) all odd prime factors f; 2 where no more is
    known."""
    if isinstance(number, Kbn):
        b, n, sign = number.b, number.n, number.c
        if number.k != 1:
            return 2
    else:
        found = _QUOTIENT.fullmatch(number.expression)
        if found is None:
            return 2
        b, n = int(found[1]), int(found[2])
        sign = 1 if found[3] == "+" else -1
    if b < 2 or n < 1:
        return 2
    if n > 2 and gmpy2.is_prime(n):
        return 2 * n
    return 2 * (n & -n) if sign == 1 else 2


def known_divisor(number: Number) -> int:
    """What divides f-1 for the prime factors f of this number: 2, and for b^n+-1 the
    order of b, a divisor of 2n. Exponents of other expressions are taken likewise: one
    factor too many in E does no harm."""
    if isinstance(number, Kbn):
        return 2 * number.n if number.k == 1 and number.n > 0 else 2
    divisor = 2
    for digits in re.findall(r"\^\(?(\d{1,18})", number.expression):
        divisor *= max(int(digits), 1)
    return divisor
