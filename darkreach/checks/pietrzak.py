"""Test proofs: that y = a^e (mod N) was computed, for a hundredth of the work.

K. Pietrzak, Simple verifiable delay functions (2019), with the challenges of Fiat and
Shamir. A claim y = x^(2^s) * a^w is halved with the middle m = x^(2^(s/2)) * a^v,
where w = v*2^(s/2) + u: for a random h

    x' = x^h * m,    y' = m^h * y,    w' = h*v + u,    s' = s/2

is a claim of half the length, and wrong when the first one was, but for elements of low
order (low_order.py). After `power` halvings it is computed. The a^w carry this to any
exponent e, not only powers of two: w is kept as one limb of e for each span, limbs are
folded like residues, and the last one is no more than 64 bits a halving longer.

The points that the prover saves on the way are the values where the spans of the last
claim begin and end. `Layout` says where, in two ways: ours ends where the exponent does
and has spans of one length; GIMPS' halves 2^E from the start and rounds up, so that a
claim of odd length has its y squared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import gmpy2

from darkreach.arithmetic import Modulus

#: Bytes of a hash that make a challenge.
_CHALLENGE_BYTES = 8


class Layout(Protocol):
    """Where the points of a proof are, in squarings from the start of the power."""

    @property
    def head(self) -> int:
        """Squarings before the first span."""

    @property
    def span(self) -> int:
        """Squarings of all spans."""

    def positions(self, power: int) -> list[int]:
        """Of the 2^power points, the last of which is the end."""


@dataclass(frozen=True)
class Even:
    """2^power spans of one length up to the end; what is left over comes first."""

    head: int
    span: int

    @classmethod
    def of(cls, length: int, power: int) -> Even:
        span = length >> power << power
        return cls(length - span, span)

    def positions(self, power: int) -> list[int]:
        step = self.span >> power
        return [self.head + step * i for i in range(1, (1 << power) + 1)]


@dataclass(frozen=True)
class Gimps:
    """`length` - 1 squarings of a, halved with the longer half first; the first step of
    a power only makes a out of 1."""

    head: int
    span: int

    @classmethod
    def of(cls, length: int) -> Gimps:
        return cls(1, length - 1)

    def positions(self, power: int) -> list[int]:
        found, half = [0], self.span
        halves = []
        for _ in range(power):
            half = (half + 1) // 2
            halves.append(half)
        for half in reversed(halves):
            found += [each + half for each in found]
        return [*(self.head + each for each in found[1:]), self.head + self.span]


@dataclass(frozen=True)
class Claim:
    """y = x^(2^span) * base^w modulo N, w = limbs as digits; x and y are integers."""

    x: Any
    y: Any
    span: int
    limbs: tuple[Any, ...]

    def folded(self, modulus: Modulus, middle: Any, h: int) -> Claim:
        """The claim of half the length."""
        y, span, limbs = self.y, self.span, self.limbs
        if span % 2:  # only where all limbs are zero
            y, span = y * y % modulus.number, span + 1
        half = len(limbs) // 2
        return Claim(
            power_times(modulus, self.x, h, middle),
            power_times(modulus, middle, h, y),
            span // 2,
            tuple(h * v + u for v, u in zip(limbs[:half], limbs[half:], strict=True)),
        )

    def blinded(self, modulus: Modulus, exponent: int) -> Claim:
        """Both sides raised to a secret exponent: who computes the left side of it
        cannot know the right one beforehand."""
        one = gmpy2.mpz(1)
        x = power_times(modulus, self.x, exponent, one)
        y = power_times(modulus, self.y, exponent, one)
        return Claim(x, y, self.span, tuple(limb * exponent for limb in self.limbs))


def power_times(modulus: Modulus, x: Any, exponent: int, factor: Any) -> Any:
    """x^exponent * factor, from integers to an integer."""
    power = short_power(modulus, modulus.load(x), exponent)
    return modulus.store(modulus.multiply(power, modulus.load(factor)))


def short_power(modulus: Modulus, x: Any, exponent: Any) -> Any:
    """x^exponent for an exponent >= 1 of some hundred bits, as a residue: bits from the
    top, four at a time."""
    odd = [x]
    square = modulus.square_many(x, 1)
    for _ in range(7):
        odd.append(modulus.multiply(odd[-1], square))
    result, squarings = None, 0
    position = int(exponent).bit_length() - 1
    while position >= 0:
        if not exponent >> position & 1:
            squarings, position = squarings + 1, position - 1
            continue
        low = max(position - 3, 0)
        while not exponent >> low & 1:
            low += 1
        width = position - low + 1
        window = odd[int(exponent >> low & (1 << width) - 1) >> 1]
        if result is None:
            result = window
        else:
            result = modulus.square_many(result, squarings + width)
            result = modulus.multiply(result, window)
        squarings, position = 0, low - 1
    return modulus.square_many(result, squarings) if squarings else result


class Challenges:
    """h from everything that was said so far: SHA3-256 of the last hash and the next
    residue, begun with what is proven."""

    def __init__(self, statement: bytes) -> None:
        self._hash = hashlib.sha3_256(statement).digest()

    def after(self, middle: bytes) -> int:
        self._hash = hashlib.sha3_256(self._hash + middle).digest()
        return int.from_bytes(self._hash[:_CHALLENGE_BYTES], "little")


def middles(
    modulus: Modulus,
    power: int,
    point: Callable[[int], Any],
    challenge: Callable[[Any], int],
) -> Iterator[Any]:
    """The middles, from the points 1, ..., 2^power (integers), one after the other;
    None in between, after each power, so that the work can be interrupted.

    The middle of level i is the product of the odd multiples of 2^(power-1-i) among the
    points, each to the product of the challenges of those levels whose first half it
    lies in. Neighbours are joined first, so few values are held at a time.
    """
    hashes: list[int] = []
    for level in range(power):
        step = 1 << power - 1 - level
        waiting: list[tuple[int, Any]] = []
        for i in range(1 << level):
            joined, depth = modulus.load(point(step * (2 * i + 1))), 0
            while waiting and waiting[-1][0] == depth:
                first = waiting.pop()[1]
                power_of_first = short_power(modulus, first, hashes[level - 1 - depth])
                joined = modulus.multiply(power_of_first, joined)
                depth += 1
                yield None
            waiting.append((depth, joined))
        middle = modulus.store(waiting[0][1])
        hashes.append(challenge(middle))
        yield middle


def first_claim(
    modulus: Modulus, layout: Layout, base: int, exponent: Any, power: int, y: Any
) -> Claim:
    """y = base^exponent, with what comes before the first span computed."""
    top = int(exponent >> layout.span)
    x = modulus.climb(modulus.load(1), base, top, layout.head)
    step, count = layout.span >> power, 1 << power
    rest = gmpy2.f_mod_2exp(exponent, layout.span)
    limbs = tuple(
        gmpy2.f_mod_2exp(rest >> step * i, step) for i in reversed(range(count))
    )
    return Claim(modulus.store(x), y, layout.span, limbs if rest else (0,) * count)


def last_claim(modulus: Modulus, claim: Claim, base: int) -> tuple[Any, Any]:
    """What is left to compute of a claim with one limb: the integer X and bits w <
    2^span with y = X^(2^span) * base^w."""
    (limb,) = claim.limbs
    above = modulus.load(1)
    if upper := int(limb >> claim.span):
        above = modulus.climb(above, base, upper, upper.bit_length())
    start = claim.x * modulus.store(above) % modulus.number
    return start, gmpy2.f_mod_2exp(gmpy2.mpz(limb), claim.span)
