"""Transforms of a few complex numbers in registers: radix 2, 4, 8 and odd p.

A node b of the transform means "polynomial modulo x^len = rho(b)". With
s(b) = sqrt(rho(b)) it splits into its children rho(2b) = s(b) and rho(2b+1) = -s(b):
(x, y) -> (x + s*y, x - s*y). The inverse (x + y, (x - y)*conj(s)) leaves a factor 2.
s(2b+1) = i*s(2b) and s(4b+2) = sqrt(i)*s(4b), so the levels of a node of 8 need no
factors of their own once row j has been multiplied by s(4b)^j; nothing is ever
bit-reversed. The last level is left out altogether: a product modulo y^2 = rho costs
less than the way to and from two numbers. (D. J. Bernstein, "Multidigit
multiplication for mathematicians", 2001, describes the transform as this tree.)

The functions work on anything with +, -, * and `fused`: vectors of LLVM or of numpy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from darkreach.arithmetic.fft.vectors import fused


class Complex(NamedTuple):
    """A complex number, or one per lane."""

    re: Any
    im: Any

    def plus(self, other: Complex) -> Complex:
        return Complex(self.re + other.re, self.im + other.im)

    def minus(self, other: Complex) -> Complex:
        return Complex(self.re - other.re, self.im - other.im)

    def times(self, w: Complex) -> Complex:
        return Complex(
            fused(self.re, w.re, -(self.im * w.im)),
            fused(self.re, w.im, self.im * w.re),
        )

    def times_conjugate(self, w: Complex) -> Complex:
        return Complex(
            fused(self.re, w.re, self.im * w.im),
            fused(self.im, w.re, -(self.re * w.im)),
        )

    def squared(self) -> Complex:
        product = self.re * self.im
        return Complex(fused(self.re, self.re, -(self.im * self.im)), product + product)

    def plus_product(self, x: Complex, y: Complex) -> Complex:
        """self + x*y."""
        return Complex(
            fused(x.re, y.re, fused(-x.im, y.im, self.re)),
            fused(x.re, y.im, fused(x.im, y.re, self.im)),
        )

    def turned(self, quarters: int) -> Complex:
        """Times i^quarters."""
        re, im = self
        return (
            self,
            Complex(-im, re) if quarters % 4 == 1 else self,
            Complex(-re, -im) if quarters % 4 == 2 else self,
            Complex(im, -re) if quarters % 4 == 3 else self,
        )[quarters % 4]


def _nodes(radix: int) -> list[tuple[int, int, int]]:
    """(first, second, turn) of the butterflies of a node, from the top."""
    found = []
    half, level = radix // 2, 0
    while half:
        for position in range(1 << level):
            start = 2 * half * position
            found += [(j, j + half, position) for j in range(start, start + half)]
        half, level = half // 2, level + 1
    return found


def split(x: Complex, y: Complex, turn: int, root_half: Any) -> list[Complex]:
    """x + t*y, x - t*y for t = 1, i, sqrt(i), i*sqrt(i)."""
    if turn > 1:
        y = Complex(y.re - y.im, y.re + y.im)
    y = y.turned(turn % 2)
    if turn < 2:
        return [x.plus(y), x.minus(y)]
    return _fused_sums(x, y, root_half)


def _fused_sums(x: Complex, y: Complex, factor: Any) -> list[Complex]:
    """x + factor*y, x - factor*y for a real factor."""
    return [
        Complex(fused(y.re, factor, x.re), fused(y.im, factor, x.im)),
        Complex(fused(-y.re, factor, x.re), fused(-y.im, factor, x.im)),
    ]


def joined(x: Complex, y: Complex, turn: int) -> list[Complex]:
    """x + y, (x - y)/t; for t = sqrt(i) and i*sqrt(i) sqrt(2) times the second."""
    difference = x.minus(y)
    if turn > 1:
        re, im = difference
        difference = Complex(re + im, im - re)
    return [x.plus(y), difference.turned(-(turn % 2))]


def forward(
    xs: Sequence[Complex], powers: Sequence[Complex], root_half: Any
) -> list[Complex]:
    """A node of 2, 4 or 8 numbers into its leaves. powers: s, s^2, ... of the root s of
    its first leaf; the roots of the others are s times roots of one. root_half is
    sqrt(1/2)."""
    out = [xs[0], *(x.times(w) for x, w in zip(xs[1:], powers, strict=True))]
    for i, j, turn in _nodes(len(out)):
        out[i], out[j] = split(out[i], out[j], turn, root_half)
    return out


def inverse(
    xs: Sequence[Complex], powers: Sequence[Complex], root_half: Any
) -> list[Complex]:
    """The leaves of a node back into it, times their number."""
    out = list(xs)
    for i, j, turn in reversed(_nodes(len(out))):
        if len(out) == 8 and j - i == 4 and i % 2:
            # out[j] still lacks the sqrt(1/2) of `joined`.
            out[i], out[j] = _fused_sums(out[i], out[j], root_half)
        else:
            out[i], out[j] = joined(out[i], out[j], turn)
    return [
        out[0],
        *(x.times_conjugate(w) for x, w in zip(out[1:], powers, strict=True)),
    ]


class Pair(NamedTuple):
    """low + high*y modulo y^2 = root."""

    low: Complex
    high: Complex

    def times(self, other: Pair, root: Complex) -> Pair:
        top = self.high.times(other.high)
        return Pair(
            self.low.times(other.low).plus_product(root, top),
            self.low.times(other.high).plus_product(self.high, other.low),
        )

    def squared(self, root: Complex) -> Pair:
        top = self.high.squared()
        return Pair(
            self.low.squared().plus_product(root, top),
            self.low.plus(self.low).times(self.high),
        )

    def plus(self, other: Pair) -> Pair:
        return Pair(self.low.plus(other.low), self.high.plus(other.high))


def pair_roots(root: Complex, pairs: int) -> list[Complex]:
    """Of the 1, 2 or 4 lowest nodes below one node, where root is the first's."""
    return [root.turned(turn) for turn in (0, 2, 1, 3)[:pairs]]


#: y^p = i has the root i^TURN: (TURN*p) mod 4 == 1.
TURN = {3: -1, 5: 1, 7: -1, 9: 1, 15: -1}


def odd_constants(p: int) -> list[tuple[float, float]]:
    """cos and sin of 2*pi*j/p for j = 1 .. (p-1)/2."""
    angles = [2 * math.pi * j / p for j in range(1, (p + 1) // 2)]
    return [(math.cos(angle), math.sin(angle)) for angle in angles]


def _odd_sums(
    xs: Sequence[Complex], constants: Sequence[tuple[Any, Any]], sign: int
) -> list[Complex]:
    """sum over j of x_j * w^(j*m) for every m, w = exp(sign * 2*pi*i/p)."""
    p = len(xs)
    half = (p - 1) // 2
    sums = [xs[j].plus(xs[p - j]) for j in range(1, half + 1)]
    differences = [xs[j].minus(xs[p - j]) for j in range(1, half + 1)]
    total = xs[0]
    for each in sums:
        total = total.plus(each)
    out = [total] * p
    for m in range(1, half + 1):
        even, odd = xs[0], None
        for j in range(1, half + 1):
            turn = m * j % p
            a, b = sums[j - 1], differences[j - 1]
            if turn == 0:
                even = even.plus(a)
                continue
            cosine, sine = constants[min(turn, p - turn) - 1]
            if turn > half:
                sine = -sine
            even = Complex(fused(a.re, cosine, even.re), fused(a.im, cosine, even.im))
            odd = (
                Complex(b.re * sine, b.im * sine)
                if odd is None
                else Complex(fused(b.re, sine, odd.re), fused(b.im, sine, odd.im))
            )
        assert odd is not None
        i_odd = Complex(-odd.im, odd.re)
        first, second = even.plus(i_odd), even.minus(i_odd)
        out[m], out[p - m] = (first, second) if sign > 0 else (second, first)
    return out


def odd_forward(
    xs: Sequence[Complex], constants: Sequence[tuple[Any, Any]]
) -> list[Complex]:
    """Modulo y^p = i into the p numbers y = i^TURN * exp(2*pi*i*m/p)."""
    turn = TURN[len(xs)]
    turned = [x.turned(turn * j) for j, x in enumerate(xs)]
    return _odd_sums(turned, constants, 1)


def odd_inverse(
    xs: Sequence[Complex], constants: Sequence[tuple[Any, Any]]
) -> list[Complex]:
    """The way back, times p."""
    turn = TURN[len(xs)]
    return [x.turned(-turn * j) for j, x in enumerate(_odd_sums(xs, constants, -1))]
