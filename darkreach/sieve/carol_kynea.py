"""Carol and Kynea numbers (b^n-1)^2-2 and (b^n+1)^2-2, both in one pass.

p divides one of them when b^n = +-1 +- s with s^2 = 2: four discrete logarithms, for
the primes +-1 mod 8 only.
"""

from __future__ import annotations

from darkreach.sieve.quadratics import Quadratic, Quadratics

#: By the sign inside: Carol -1, Kynea +1.
NUMBERS = {sign: Quadratic(1, 2 * sign, -1) for sign in (-1, 1)}


def carol_kynea(
    b: int, first: int, last: int, signs: tuple[int, ...] = (-1, 1), step: int = 1
) -> Quadratics:
    """The sieve over n = first, first + step, … up to last; the lines are the signs."""
    width = (last - first) // step + 1
    return Quadratics(b, first, step, width, [NUMBERS[sign] for sign in signs])
