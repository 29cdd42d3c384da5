"""Transforms of a few complex numbers in registers: radix 2, 4, 8 and odd p.

A node b of the transform means "polynomial modulo x^len = rho(b)". With
s(b) = sqrt(rho(b)) it splits into its children rho(2b) = s(b) and rho(2b+1) = -s(b):
(x, y) -> (x + s*y, x - s*y). The inverse (x + y, (x - y)*conj(s)) leaves a factor 2.
s(2b+1) = i*s(2b), so the second of two neighbours needs no twiddle factor of its own,
and nothing is ever bit-reversed. (D. J. Bernstein, "Multidigit multiplication for
mathematicians", 2001, describes the transform as this tree.)

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

    def turned(self, quarters: int) -> Complex:
        """Times i^quarters."""
        re, im = self
        return (
            self,
            Complex(-im, re) if quarters % 4 == 1 else self,
            Complex(-re, -im) if quarters % 4 == 2 else self,
            Complex(im, -re) if quarters % 4 == 3 else self,
        )[quarters % 4]


def split(x: Complex, y: Complex, w: Complex, turned: bool) -> tuple[Complex, Complex]:
    """x + s*y, x - s*y for s = w, or i*w where turned."""
    t = y.times(w)
    if turned:
        return (
            Complex(x.re - t.im, x.im + t.re),
            Complex(x.re + t.im, x.im - t.re),
        )
    return x.plus(t), x.minus(t)


def joined(x: Complex, y: Complex, w: Complex, turned: bool) -> tuple[Complex, Complex]:
    """The way back: x + y, (x - y)/s (a factor 2 is left in both)."""
    difference = x.minus(y)
    if turned:
        difference = Complex(difference.im, -difference.re)
    return x.plus(y), difference.times_conjugate(w)


def _nodes(radix: int) -> list[tuple[int, int, int, int]]:
    """(first, second, level, position) of the butterflies of a node, from the top."""
    found = []
    half, level = radix // 2, 0
    while half:
        for position in range(1 << level):
            start = 2 * half * position
            found += [
                (j, j + half, level, position) for j in range(start, start + half)
            ]
        half, level = half // 2, level + 1
    return found


def twiddles(scalars: Sequence[Complex], root_half: Any) -> list[list[Complex]]:
    """Per level the twiddle factors of every second node: s(b); s(2b); s(4b) and
    s(4b+2) = sqrt(i)*s(4b), where root_half is sqrt(1/2)."""
    levels = [[each] for each in scalars]
    if len(levels) == 3:
        w = scalars[2]
        levels[2].append(Complex((w.re - w.im) * root_half, (w.re + w.im) * root_half))
    return levels


def forward(xs: Sequence[Complex], levels: list[list[Complex]]) -> list[Complex]:
    """Node of 2, 4 or 8 numbers into its leaves."""
    out = list(xs)
    for i, j, level, position in _nodes(len(out)):
        w = levels[level][position // 2]
        out[i], out[j] = split(out[i], out[j], w, position % 2 == 1)
    return out


def inverse(xs: Sequence[Complex], levels: list[list[Complex]]) -> list[Complex]:
    """The leaves of a node back into it, times their number."""
    out = list(xs)
    for i, j, level, position in reversed(_nodes(len(out))):
        w = levels[level][position // 2]
        out[i], out[j] = joined(out[i], out[j], w, position % 2 == 1)
    return out


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
