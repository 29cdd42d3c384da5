"""Which arithmetic is the fastest for which number.

The sizes are measured (benchmarks/README.md): time per squaring of the transforms
against GMP, in turns on one machine. A number below them never needs numba.

N = M/d with M = k*b^n+-1 and a small d gets the arithmetic of M: residues modulo M are
residues modulo N, of a few bits more, and only what is read out is reduced to N. What
looks at residues (the checks of powers and ladders, test proofs) reads them out, and so
sees them modulo N; an error by a multiple of N that is none modulo M is no error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from darkreach.arithmetic.gmp import Division, Multiple, Shift
from darkreach.forms.divided import divided
from darkreach.forms.kbn import Kbn

if TYPE_CHECKING:
    from darkreach.arithmetic.engines import Road

#: Bits from which a transform is faster than GMP: k*2^n+-1; k*b^n+-1 and b^(2^m)+1; the
#: same with a larger k; any other number.
SPECIAL_BITS, POWER_BITS, PADDED_BITS, GENERIC_BITS = 3000, 2500, 4000, 4000
#: Above this k, weights cost too many bits of each word.
WEIGHTED_K = 2**16


#: The multiples of N by which GMP reduces on its other paths.
_MULTIPLES = (3, 5, 7, 11, 13, 17, 19, 23)


def twin(number: Any, path: int = 0) -> Shift | Division:
    """The arithmetic with GMP; path > 0: by another way (`modulus`)."""
    if path:
        factor = _MULTIPLES[(path - 1) % len(_MULTIPLES)]
        return Multiple(number.value(), factor, path)
    if isinstance(number, Kbn):
        number = number.normalised()
        if _shifts(number):
            return Shift(number.k, number.n, number.c)
    elif part := divided(number):
        multiple = part.multiple.normalised()
        if _shifts(multiple):
            return Shift(multiple.k, multiple.n, multiple.c, part.divisor)
    return Division(number.value())


def _shifts(number: Kbn) -> bool:
    return bool(number.b == 2 and number.k < 2**62 and number.n)


def road(number: Any) -> Road | None:
    """The way to the fastest transform modulo this number; None where GMP is faster, or
    where the number is even: nobody waits for that."""
    bits = number.bits
    if bits < min(SPECIAL_BITS, POWER_BITS, GENERIC_BITS) or number.mod(2) == 0:
        return None
    part = divided(number)
    special = part.multiple if part else number
    if isinstance(special, Kbn):
        special = special.normalised()
        found = _special(special) if bits >= _least(special) else None
        if found is not None:
            return found
    if bits < GENERIC_BITS:
        return None
    from darkreach.arithmetic import roads

    return roads.generic(number.value())


def _least(number: Kbn) -> int:
    """Bits from which the transforms of its shape are faster than GMP."""
    if number.k > WEIGHTED_K:
        return PADDED_BITS
    return SPECIAL_BITS if number.b == 2 else POWER_BITS


def _special(number: Kbn) -> Road | None:
    """The road for the shape of k*b^n+-1, if there is one."""
    from darkreach.arithmetic import roads

    if number.k == 1 and number.c == 1 and number.b > 2:
        found = roads.fermat(number.b, number.n)
        if found is not None:
            return found
    if number.k > WEIGHTED_K:
        return roads.padded(number.k, number.b, number.n, number.c)
    return roads.weighted(number.k, number.b, number.n, number.c)
