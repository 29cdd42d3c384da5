"""Factors that algebra gives: what to leave out before any prime is sieved with.

* Differences and sums of powers: with K = k*b^n = x^q, x - 1 divides K - 1, and x + 1
  divides K + 1 for odd q.
* Aurifeuille: K = 4*y^4 gives K + 1 = (2y^2 + 2y + 1)*(2y^2 - 2y + 1).
* Wilson: p divides (p-1)! + 1 and (p-2)! - 1.
* Covering sets: a set of primes of which one divides k*b^n + c whatever n is
  (W. Sierpinski 1960, H. Riesel 1956).

A factor is named only if it is neither 1 nor the number itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import gcd, lcm

import gmpy2

from darkreach.arithmetic.factors import prime_factors

DIFFERENCE, SUM = "difference of powers", "sum of powers"
AURIFEUILLE, WILSON, COVERING = "Aurifeuille", "Wilson", "covering set"

#: Covering sets are looked for with periods that divide this, of primes below that.
PERIOD, LARGEST = 720, 10**5


@dataclass(frozen=True)
class Algebraic:
    """A factor as an expression, and why it divides."""

    factor: str
    name: str


def factor_of_power(k: int, b: int, n: int, c: int) -> Algebraic | None:
    """A factor of k*b^n + c with c = +1 or -1 that follows from the shape of k*b^n."""
    exponents = _exponents(k, b, n)
    common = gcd(*exponents.values())
    if c < 0 and common > 1:
        least = _root(exponents, common)
        # 2^q - 1: x - 1 would be 1, but a composite q has a divisor.
        if least == {2: 1}:
            divisor = _largest_proper_divisor(common)
            return _binomial({2: divisor}, "-", DIFFERENCE) if divisor > 1 else None
        return _binomial(least, "-", DIFFERENCE)
    odd = common // (common & -common) if common else 0
    if c > 0 and odd > 1:
        return _binomial(_root(exponents, odd), "+", SUM)
    if c > 0 and common and _is_four_fourth_powers(exponents):
        y = _product({q: e // 4 for q, e in exponents.items()} | _two(exponents))
        return None if y == "1" else Algebraic(f"2*({y})^2-2*({y})+1", AURIFEUILLE)
    return None


def _two(exponents: dict[int, int]) -> dict[int, int]:
    return {2: (exponents[2] - 2) // 4}


def _is_four_fourth_powers(exponents: dict[int, int]) -> bool:
    rest = (e for q, e in exponents.items() if q != 2)
    return exponents.get(2, 0) % 4 == 2 and all(e % 4 == 0 for e in rest)


def _exponents(k: int, b: int, n: int) -> dict[int, int]:
    """Exponents of numbers whose powers multiply to k*b^n; primes, but for a cofactor
    that is too hard to factor."""
    if k > 1 and _alone(k, b):
        return {k: 1}
    total: Counter[int] = Counter()
    for value, times in ((k, 1), (b, n)):
        known, rest = _factored(value)
        for q, e in [*known.items(), *([(rest, 1)] if rest > 1 else [])]:
            total[q] += e * times
    return {q: e for q, e in total.items() if e}


def _alone(k: int, b: int) -> bool:
    """Is the part of k that is coprime to b no power at all? Then k*b^n is none."""
    while (shared := gcd(k, b)) > 1:
        k //= shared
    return k > 1 and not gmpy2.is_power(k)


@cache
def _factored(value: int) -> tuple[dict[int, int], int]:
    return prime_factors(value)


def _root(exponents: dict[int, int], q: int) -> dict[int, int]:
    return {base: e // q for base, e in exponents.items()}


def _largest_proper_divisor(value: int) -> int:
    return value // min(prime_factors(value)[0])


def _product(powers: dict[int, int]) -> str:
    text = "*".join(f"{q}^{e}" if e > 1 else f"{q}" for q, e in powers.items() if e)
    return text or "1"


def _binomial(x: dict[int, int], sign: str, name: str) -> Algebraic:
    return Algebraic(f"{_product(x)}{sign}1", name)


def factor_of_factorial(n: int, c: int) -> Algebraic | None:
    """A factor of n! + c by Wilson's theorem."""
    p = n + 1 if c > 0 else n + 2
    if n > (3 if c < 0 else 2) and gmpy2.is_prime(p):
        return Algebraic(str(p), WILSON)
    return None


def generalized_fermat_powers(m: int, last: int) -> Iterator[tuple[int, Algebraic]]:
    """The b up to last whose b^(2^m) + 1 has an algebraic factor, each once: odd powers
    and, for m = 1, twice a square."""
    seen: set[int] = set()
    q = 3
    while 2**q <= last:
        for x in range(2, int(gmpy2.iroot(last, q)[0]) + 1):
            if x**q not in seen:
                seen.add(x**q)
                yield x**q, Algebraic(f"{x}^{2**m}+1", SUM)
        q = int(gmpy2.next_prime(q))
    if m == 1:
        for y in range(2, int(gmpy2.isqrt(last // 2)) + 1):
            if 2 * y * y not in seen:
                yield 2 * y * y, Algebraic(f"2*{y}^2-2*{y}+1", AURIFEUILLE)


def powers_among_multiples(b: int, n: int, last: int) -> set[int]:
    """The k up to last for which k*b^n may be a power: k = k0*x^q, with the least k0
    that makes the exponents of b^n multiples of q, and the k without other primes than
    those of b, which large q allow."""
    known, rest = _factored(b)
    base = known | ({rest: 1} if rest > 1 else {})
    found = {1}
    for prime in base:
        for k in sorted(found):
            while (k := k * prime) <= last:
                found.add(k)
    q = 2
    while 2**q <= last:
        least = 1
        for prime, e in base.items():
            least *= prime ** (-e * n % q)
        most = int(gmpy2.iroot(last // least, q)[0])
        found.update(least * x**q for x in range(1, most + 1))
        q = int(gmpy2.next_prime(q))
    return found


def covering_set(k: int, b: int, c: int) -> list[int] | None:
    """Primes of which one divides k*b^n + c for every n >= 0; None if no set with a
    short period is found. Where the number is that prime, it does not count."""
    covered = [False] * PERIOD
    used: list[int] = []
    for p, order in _periodic(b):
        residues = [r for r in range(order) if (k * pow(b, r, p) + c) % p == 0]
        new = [n for r in residues for n in range(r, PERIOD, order) if not covered[n]]
        if new:
            used.append(p)
            for n in new:
                covered[n] = True
    if not all(covered):
        return None
    return _without_idle(used, k, b, c)


def _without_idle(used: list[int], k: int, b: int, c: int) -> list[int]:
    """The same set without primes that it does not need, large ones first."""
    orders = dict(_periodic(b))
    for p in sorted(used, reverse=True):
        rest = [q for q in used if q != p]
        period = lcm(*(orders[q] for q in rest)) if rest else 1
        if all(
            any((k * pow(b, n, q) + c) % q == 0 for q in rest) for n in range(period)
        ):
            used = rest
    return sorted(used)


@cache
def _periodic(b: int) -> list[tuple[int, int]]:
    """The primes that do not divide b and for which b has an order that divides PERIOD,
    by order."""
    found = []
    p = 2
    while p < LARGEST:
        if b % p and pow(b, PERIOD, p) == 1:
            order = next(
                d for d in range(1, PERIOD + 1) if PERIOD % d == 0 and pow(b, d, p) == 1
            )
            found.append((p, order))
        p = int(gmpy2.next_prime(p))
    return sorted(found, key=lambda pair: (pair[1], pair[0]))
