"""Roots of quadratics modulo primes: the y with a0*y^2 + a1*y + a2 = 0.

y = (-a1 +- s)/(2*a0) with s^2 = a1^2 - 4*a0*a2, s by the algorithm of Tonelli and
Shanks; the discriminant is the same for the forms that differ in signs only, so the
last root is kept. One prime at a time, in Montgomery form.

H. Cohen, A Course in Computational Algebraic Number Theory, algorithm 1.5.1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkreach.jit import inner, kernel
from darkreach.sieve.characters import jacobi
from darkreach.sieve.modmul import (
    ONE,
    TWO,
    ZERO,
    inverse_word,
    one,
    power,
    product,
    residue,
    square_of_r,
)


@inner
def add(a: Any, b: Any, p: Any) -> Any:
    """a + b mod p."""
    total = a + b
    return total - p if total >= p else total


@inner
def minus(a: Any, p: Any) -> Any:
    """-a mod p."""
    return p - a if a else a


@inner
def square_root(a: Any, unit: Any, p: Any, ip: Any) -> Any:
    """A root of a, in Montgomery form; any number if a is no square."""
    odd, twos = p - ONE, 0
    while not odd & ONE:
        odd >>= ONE
        twos += 1
    x = power(a, odd >> ONE, unit, p, ip)
    root = product(a, x, p, ip)
    rest = product(root, x, p, ip)  # a^odd, of an order that divides 2^(twos-1)
    if rest == unit or a == ZERO:
        return root
    c = np.int64(2)
    while jacobi(c, np.int64(p)) != -1:
        c += 1
    turn = unit  # c^odd, of the order 2^twos
    for _ in range(1, c):
        turn = add(turn, unit, p)
    turn = power(turn, odd, unit, p, ip)
    while rest != unit:
        order, x = 0, rest
        while x != unit and order < twos:
            x = product(x, x, p, ip)
            order += 1
        if order >= twos:
            return root  # no square
        for _ in range(twos - order - 1):
            turn = product(turn, turn, p, ip)
        root = product(root, turn, p, ip)
        turn = product(turn, turn, p, ip)
        rest = product(rest, turn, p, ip)
        twos = order
    return root


@kernel(
    "void(uint64[::1], uint64[::1], int64[::1], uint8[::1], int64[::1], boolean,"
    " uint64[:, ::1])"
)
def inverse_roots(
    primes: NDArray[np.uint64],
    words: NDArray[np.uint64],
    first: NDArray[np.int64],
    negative: NDArray[np.uint8],
    same: NDArray[np.int64],
    in_form: bool,
    out: NDArray[np.uint64],
) -> None:
    """out[i, 2*s] and out[i, 2*s+1] = the roots y of quadratic s mod primes[i], in
    Montgomery form if wanted, or 0 if there are none. The numbers 3*s, 3*s+1, 3*s+2 of
    words (see ``limbs``) are a0, a1 and the discriminant, with their signs apart; no
    prime divides an a0. same[s] = 1 if the discriminant is that of s-1."""
    for i in range(primes.size):
        p = primes[i]
        ip = inverse_word(p)
        unit = one(p)
        r2 = square_of_r(unit, p, ip)
        root, exists = unit, False
        for s in range(same.size):
            a0 = residue(words, first[3 * s], first[3 * s + 1], r2, p, ip)
            a1 = residue(words, first[3 * s + 1], first[3 * s + 2], r2, p, ip)
            if not same[s]:
                d = residue(words, first[3 * s + 2], first[3 * s + 3], r2, p, ip)
                d = minus(d, p) if negative[3 * s + 2] else d
                root = square_root(d, unit, p, ip)
                exists = product(root, root, p, ip) == d
            out[i, 2 * s] = ZERO
            out[i, 2 * s + 1] = ZERO
            if not exists:
                continue
            half = power(add(a0, a0, p), p - TWO, unit, p, ip)
            # -a1 if a0 and a1 have the same sign; the sign of the root is free.
            middle = a1 if negative[3 * s] != negative[3 * s + 1] else minus(a1, p)
            plus = product(add(middle, root, p), half, p, ip)
            less = product(add(middle, minus(root, p), p), half, p, ip)
            out[i, 2 * s] = plus if in_form else product(plus, ONE, p, ip)
            out[i, 2 * s + 1] = less if in_form else product(less, ONE, p, ip)
