"""Which other families a prime belongs to: palindromic, twin, Proth, factorial, ...

A prime found as 3*2^2816+1 is a Proth prime as well, 11 is a repunit, a palindrome and
a twin. Tags are told by the value (a square beside N, its decimal digits, the primality
of N+2) or by the expression, whatever form the number was hunted as. Questions that
need a test of another number are asked up to `TESTED_BITS` only: a longer prime without
the tag `twin` may be one all the same, unless its twin was hunted with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import gmpy2

from darkreach.expression import parse
from darkreach.forms.carol_kynea import CarolKynea
from darkreach.forms.factorials import Factorial
from darkreach.forms.formula import Formula
from darkreach.forms.kbn import Kbn
from darkreach.forms.plain import Plain
from darkreach.forms.primorials import Primorial
from darkreach.forms.repunits import Repunit

#: Neighbours (N+2, 2N+1, ...) are tested up to this many bits: tens of milliseconds.
TESTED_BITS = 3_000
#: Decimal digits are written out up to this many bits: about a second.
_WRITTEN_BITS = 3_400_000
#: N-1 and N+1 are divided by 2, 3, 4, ... up to this many bits.
_DIVIDED_BITS = 20_000
#: What is divisible by such a prime needs no test.
_SMALL_PRIMES = gmpy2.primorial(1000)

#: Every tag there is.
TAGS = (
    *("carol", "cullen", "cunningham-2", "factorial", "fermat", "generalized-cullen"),
    *("generalized-fermat", "generalized-woodall", "kynea", "mersenne"),
    *("multifactorial", "near-repdigit", "palindromic", "primorial", "proth"),
    *("repunit", "riesel", "safe", "sophie-germain", "twin", "wagstaff", "woodall"),
)


def tags(number: Kbn | Plain, companions: Iterable[Kbn | Plain] = ()) -> list[str]:
    """The tags of a prime, sorted. Companions are other numbers known to be prime: the
    other members of a twin or chain."""
    value = number.value()
    found = set(_by_value(value))
    if isinstance(number, Kbn):
        found |= set(_by_kbn(number.normalised()))
    found |= set(_by_expression(number.expression))
    found |= set(_by_digits(value))
    found |= set(_by_relatives(value, {each.value() for each in companions}))
    return sorted(found)


def _by_value(value: Any) -> Iterator[str]:
    """What a look at N, N-1, N+1 and N+2 shows."""
    if value > 2 and gmpy2.is_square(value - 1):
        yield "generalized-fermat"  # a^2+1; a is even, since N is odd
    if value > 2 and gmpy2.popcount(value - 1) == 1:
        exponent = int(value.bit_length()) - 1
        if exponent & exponent - 1 == 0:
            yield "fermat"
    if value > 2 and gmpy2.popcount(value + 1) == 1:
        yield "mersenne"
    if value > 2 and gmpy2.popcount(3 * value - 1) == 1:
        yield "wagstaff"
    if gmpy2.is_square(value + 2):
        root = gmpy2.isqrt(value + 2)
        if gmpy2.popcount(root + 1) == 1:
            yield "carol"
        if root > 2 and gmpy2.popcount(root - 1) == 1:
            yield "kynea"
    if value.bit_length() <= _DIVIDED_BITS:
        for neighbour in (value - 1, value + 1):
            if _is_factorial(neighbour):
                yield "factorial"
            if _is_primorial(neighbour):
                yield "primorial"


def _is_factorial(value: Any) -> bool:
    n = 1
    while value > 1 and value % (n + 1) == 0:
        n += 1
        value //= n
    return bool(value == 1)


def _is_primorial(value: Any) -> bool:
    prime = gmpy2.mpz(2)
    while value > 1 and value % prime == 0:
        value //= prime
        prime = gmpy2.next_prime(prime)
    return bool(value == 1)


def _by_kbn(number: Kbn) -> Iterator[str]:
    """Of k*b^n+c, normalised."""
    k, b, n, c = number.k, number.b, number.n, number.c
    if b == 2 and k.bit_length() <= n:
        yield "proth" if c > 0 else "riesel"
    # m*B^m = k*b^n for m = k*b^j and B = b^e, where n - j = e*m.
    j, m = 0, k
    while m <= n - j:
        e, rest = divmod(n - j, m)
        if m > 1 and rest == 0 and e * b.bit_length() < 64 and m + 2 > b**e:
            name = "cullen" if c > 0 else "woodall"
            yield name if b**e == 2 else f"generalized-{name}"
        j, m = j + 1, m * b


def _by_expression(expression: str) -> Iterator[str]:
    """What the spelling shows, of numbers of any length."""
    member = Formula(parse(expression)[0])
    match Factorial.read(member):
        case Factorial(_, 1, _):
            yield "factorial"
        case Factorial():
            yield "multifactorial"
    if Primorial.read(member):
        yield "primorial"
    if Repunit.read(member):
        yield "repunit"
    if found := CarolKynea.read(member):
        yield "carol" if found.c < 0 else "kynea"


def _by_digits(value: Any) -> Iterator[str]:
    """What the decimal digits show."""
    if value.bit_length() > _WRITTEN_BITS:
        return
    digits = value.digits()
    if digits == digits[::-1]:
        yield "palindromic"
    if len(digits) > 1 and digits == "1" * len(digits):
        yield "repunit"
    if len(digits) > 2 and max(map(digits.count, "0123456789")) == len(digits) - 1:
        yield "near-repdigit"


def _by_relatives(value: Any, known: set[Any]) -> Iterator[str]:
    """What other primes show, known ones or short enough to be tested."""

    def is_prime(other: Any) -> bool:
        if other in known:
            return True
        if other < 2 or other.bit_length() > TESTED_BITS + 1:
            return False
        if other > 10**6 and gmpy2.gcd(other, _SMALL_PRIMES) > 1:
            return False
        return bool(gmpy2.is_prime(other))

    if is_prime(value - 2) or is_prime(value + 2):
        yield "twin"
    if is_prime(2 * value + 1):
        yield "sophie-germain"
    if value % 2 and is_prime((value - 1) // 2):
        yield "safe"
    if is_prime(2 * value - 1) or (value % 2 and is_prime((value + 1) // 2)):
        yield "cunningham-2"
