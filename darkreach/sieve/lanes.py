"""Modular arithmetic on blocks of primes: one source of a kernel for both residues.

A block is LANES primes side by side. What belongs to them lies in one flat array w, in
rows of LANES: w[P:] the primes, w[INVERSE:] what divides by them, then the rows of the
kernel, called by the place of their first lane.

float64: the products of fp64.py, p < 2^50, on whole vectors (vectors.py).
uint64: the Montgomery form of modmul.py, p < 2^62, one lane after the other.

numba picks by the type of w; the functions below with an empty body are filled in that
way at the end of this module.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import overload
from numpy.typing import NDArray

from darkreach.jit import inner, kernel
from darkreach.sieve import fp64, modmul, vectors
from darkreach.sieve.cells import limbs, whole
from darkreach.sieve.vectors import INVERSE, LANES, POWER, UNIT, P

#: An array of residues of either kind.
Lanes = NDArray[Any]

ONE = np.uint64(1)


def constants(values: list[int], like: Lanes) -> tuple[Lanes, NDArray[np.int64]]:
    """Numbers as ``constant`` reads them for residues like these; number i is
    digits[first[i]:first[i+1]]."""
    if like.dtype == np.float64:
        return fp64.digits(*values)
    return limbs(whole(*values))


def lanes(primes: NDArray[np.int64], real: bool) -> tuple[Lanes, Lanes]:
    """Odd primes and what divides by each, as float64 or as words."""
    if real:
        p = primes.astype(np.float64)
        return p, 1.0 / p
    words = primes.astype(np.uint64)
    inverse = np.empty_like(words)
    inverses(words, inverse)
    return words, inverse


@kernel("void(uint64[::1], uint64[::1])")
def inverses(p: NDArray[np.uint64], out: NDArray[np.uint64]) -> None:
    """out[i] = 1/p[i] mod 2^64."""
    for i in range(p.size):
        out[i] = modmul.inverse_word(p[i])


@inner
def load(w: Any, lane: Any, p: Any, inverse: Any) -> None:
    """Begin a lane of a block."""
    w[P + lane] = p
    w[INVERSE + lane] = inverse
    w[UNIT + lane] = unit(p)


@inner
def power(w: Any, source: Any, target: Any, e: Any) -> None:
    """Row at target = row at source to the power e, the same for all lanes."""
    copy(w, UNIT, POWER)
    bit = ONE
    while bit <= e >> ONE:
        bit <<= ONE
    while bit:
        multiply(w, POWER, POWER, POWER)
        if e & bit:
            multiply(w, POWER, source, POWER)
        bit >>= ONE
    copy(w, POWER, target)


@inner
def powers(w: Any, other: Any, source: Any, target: Any, e: Any, small: Any) -> None:
    """Row at target = row at source to the powers e[lane], in two blocks side by side,
    as each product has to wait for the one before; e[LANES + lane] are the exponents
    of the other block. small: every float64 at source is a whole number f with
    abs(f)*p < 2^50, which halves the work."""
    copy(w, UNIT, POWER)
    copy(other, UNIT, POWER)
    every = np.uint64(0)
    for lane in range(2 * LANES):
        every |= e[lane]
    bit = np.uint64(64)
    while bit and not every >> (bit - ONE):
        bit -= ONE
    while bit:
        bit -= ONE
        if small:
            square_and_scale(w, source, e, 0, bit)
            square_and_scale(other, source, e, LANES, bit)
        else:
            square_and_choose(w, source, e, 0, bit)
            square_and_choose(other, source, e, LANES, bit)
    copy(w, POWER, target)
    copy(other, POWER, target)


@inner
def copy(w: Any, source: Any, target: Any) -> None:
    """Row at target = row at source."""
    for lane in range(LANES):
        w[np.uint64(target + lane)] = w[np.uint64(source + lane)]


def multiply(w: Any, source: Any, factor: Any, target: Any) -> None:
    """Row at target = row at source * row at factor mod p."""


def square_and_choose(w: Any, factor: Any, e: Any, place: Any, bit: Any) -> None:
    """Square the row POWER; multiply by the row at factor the lanes whose exponent
    e[place + lane] has this bit."""


def square_and_scale(w: Any, factor: Any, e: Any, place: Any, bit: Any) -> None:
    """The same with one product instead of two where ``powers`` allows it."""


def words(w: Any, source: Any, key: Any, place: Any) -> None:
    """key[place + lane] = a word below 2^62 that only the same residue mod p has."""


def unit(p: Any) -> Any:
    """1 mod p."""


def prime(p: Any) -> Any:
    """p as a word."""


def negative(r: Any, p: Any) -> Any:
    """-r mod p."""


def constant(number: Any, first: Any, last: Any, p: Any, inverse: Any) -> Any:
    """A number of ``constants`` mod p; as float64, below 2^48 the number itself."""


def remainder(p: Any, modulus: Any) -> Any:
    """p mod an int64 modulus below 2^31, as int64."""


@overload(multiply, strict=False)
def _multiply(w: Any, source: Any, factor: Any, target: Any) -> Any:
    if w.dtype == types.float64:
        return lambda w, source, factor, target: vectors.multiply(
            w, source, factor, target
        )

    def by_words(w: Any, source: Any, factor: Any, target: Any) -> None:
        for lane in range(LANES):
            w[target + lane] = modmul.product(
                w[source + lane], w[factor + lane], w[P + lane], w[INVERSE + lane]
            )

    return by_words


def _choose_by_words(w: Any, factor: Any, e: Any, place: Any, bit: Any) -> None:
    for lane in range(LANES):
        p, inverse, x = w[P + lane], w[INVERSE + lane], w[POWER + lane]
        x = modmul.product(x, x, p, inverse)
        if e[place + lane] >> bit & ONE:
            x = modmul.product(x, w[factor + lane], p, inverse)
        w[POWER + lane] = x


@overload(square_and_choose, strict=False)
def _square_and_choose(w: Any, factor: Any, e: Any, place: Any, bit: Any) -> Any:
    if w.dtype == types.uint64:
        return _choose_by_words
    return lambda w, factor, e, place, bit: vectors.square_and_choose(
        w, factor, e, place, bit
    )


@overload(square_and_scale, strict=False)
def _square_and_scale(w: Any, factor: Any, e: Any, place: Any, bit: Any) -> Any:
    if w.dtype == types.uint64:
        return _choose_by_words
    return lambda w, factor, e, place, bit: vectors.square_and_scale(
        w, factor, e, place, bit
    )


@overload(words, strict=False)
def _words(w: Any, source: Any, key: Any, place: Any) -> Any:
    if w.dtype == types.float64:
        return lambda w, source, key, place: vectors.words(w, source, key, place)

    def by_words(w: Any, source: Any, key: Any, place: Any) -> None:
        for lane in range(LANES):
            key[place + lane] = w[source + lane]

    return by_words


@overload(unit, strict=False)
def _unit(p: Any) -> Any:
    return (lambda p: modmul.one(p)) if p == types.uint64 else (lambda p: 1.0)


@overload(prime, strict=False)
def _prime(p: Any) -> Any:
    return (lambda p: p) if p == types.uint64 else (lambda p: np.uint64(p))


@overload(negative, strict=False)
def _negative(r: Any, p: Any) -> Any:
    if p == types.uint64:
        return lambda r, p: p - r if r else r
    return lambda r, p: -r


@overload(constant, strict=False)
def _constant(number: Any, first: Any, last: Any, p: Any, inverse: Any) -> Any:
    if p == types.uint64:

        def in_form(number: Any, first: Any, last: Any, p: Any, inverse: Any) -> Any:
            r2 = modmul.square_of_r(modmul.one(p), p, inverse)
            return modmul.residue(number, first, last, r2, p, inverse)

        return in_form

    def plain(number: Any, first: Any, last: Any, p: Any, inverse: Any) -> Any:
        if last - first == 1:
            return number[first]
        if last - first == 2:  # below 2^48, so a factor as it is
            return number[first] * 16777216.0 + number[first + 1]
        return fp64.residue(number, first, last, p, inverse)

    return plain


@overload(remainder, strict=False)
def _remainder(p: Any, modulus: Any) -> Any:
    if p == types.uint64:
        return lambda p, modulus: np.int64(p % np.uint64(modulus))

    def plain(p: Any, modulus: Any) -> Any:
        m = np.float64(modulus)
        r = p - np.floor(p * fp64.reciprocal(m)) * m
        r = r + m if r < 0.0 else r
        return np.int64(r - m if r >= m else r)

    return plain
