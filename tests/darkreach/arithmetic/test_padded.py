"""The zero-padded transform against Python's integers: every operation, every width."""

from __future__ import annotations

import random
from math import inf, nan
from typing import Any

import gmpy2
import numpy as np
import pytest

from darkreach.arithmetic import padded
from darkreach.arithmetic.fft.width import WIDTHS
from darkreach.arithmetic.padded import Padded
from darkreach.arithmetic.padded_loop import _divided
from darkreach.arithmetic.roads import CompiledMontgomery, ZeroPadded
from tests.darkreach.arithmetic.operations import WORST, check_every_operation


@pytest.mark.parametrize("width", WIDTHS)
def test_every_operation_is_right_whatever_k_is(width: int) -> None:
    random.seed(width)
    for bits, c in ((17, 1), (40, -1), (64, -1), (101, 1)):
        k = random.getrandbits(bits) | 1 << bits - 1 | 1
        n = random.randrange(4000, 6000)
        length = padded.best(k, 2, n, c, width)
        check_every_operation(Padded(k, 2, n, c, length, width))


@pytest.mark.parametrize(("b", "n"), [(10, 1203), (3, 2504), (1000, 400)])
def test_every_operation_is_right_for_other_bases(b: int, n: int) -> None:
    k = 2 * 3**30 + 2
    check_every_operation(Padded(k, b, n, 1, padded.best(k, b, n, 1)))


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
def test_every_length_is_right(width: int) -> None:
    random.seed(f"{width} all")
    for n in (3001, 12011, 33013, 120001, 300007):
        for bits in (17, 64, random.randrange(65, 130)):
            k = random.getrandbits(bits) | 1 << bits - 1 | 1
            c = random.choice((1, -1))
            for length in padded.fitting(k, 2, n, c, width):
                check_every_operation(Padded(k, 2, n, c, length, width))


def test_the_ends_of_the_range_are_kept() -> None:
    k, n = 2**64 - 59, 4001
    engine = Padded(k, 2, n, 1, padded.best(k, 2, n, 1))
    number = engine.number
    for v in (0, 1, 2, k, number - 1, number - k, number // 2, number >> 70, 1 << n):
        x = engine.load(v)
        assert engine.store(x) == v
        assert engine.square_many(x, 2) < WORST
        assert engine.store(x) == gmpy2.powmod(v, 4, number)


def test_words_that_are_no_numbers_are_an_error() -> None:
    k, n = 2**40 + 15, 5003
    engine = Padded(k, 2, n, -1, padded.best(k, 2, n, -1))
    for poison in (nan, inf, 1e300):
        for place in (0, 77, engine.shape.h):
            x = engine.load(engine.number // 7)
            x[engine.layout.positions[place]] = poison
            assert engine.square_many(x, 2) == inf
            y = engine.load(engine.number // 7)
            assert engine.multiply(y, x, y) == inf


def test_a_residue_that_is_no_integer_shows_in_the_round_off() -> None:
    k, n = 2**40 + 15, 5003
    engine = Padded(k, 2, n, 1, padded.best(k, 2, n, 1))
    x = engine.load(engine.number // 7)
    x[engine.layout.positions[5]] += 0.37
    assert engine.square_many(x, 1) > WORST


def test_a_division_of_digits_is_that_of_integers() -> None:
    random.seed(8)
    base = 1 << 18
    for _ in range(300):
        w = random.randrange(1, 9)
        k = random.randrange(base ** (w - 1) // 2 + 1, base**w // 2 - base ** (w - 1))
        digits = padded._pieces(k, base)
        assert sum(d * base**i for i, d in enumerate(digits)) == k
        top = np.zeros(2 * len(digits) + 3)
        # As large as sums of products of digits, and a quotient no larger than K.
        for i in range(2 * len(digits) - 2):
            top[i] = random.randrange(-(1 << 38), 1 << 38)
        value = sum(int(d) * base**i for i, d in enumerate(top))
        quotients = np.zeros(len(top) - len(digits))
        _divided(top, np.array(digits, dtype=float), quotients, float(base), 1 / base)
        rest = sum(int(d) * base**i for i, d in enumerate(top))
        quotient = sum(int(q) * base**i for i, q in enumerate(quotients))
        assert quotient * k + rest == value
        assert 2 * abs(rest) <= k * (1 + 2.0**-8)
        assert not top[len(digits) :].any()


@pytest.mark.parametrize(
    ("k", "n", "length", "said"),
    [
        (2**40 + 15, 30011, 1024, "not safe"),
        (2**40 + 15, 3001, 1 << 16, "not safe"),
        (2**300 + 1, 30011, 4096, "too large"),
        (2**100 + 1, 420, 64, "too large"),
    ],
)
def test_what_does_not_fit_is_refused(k: int, n: int, length: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Padded(k, 2, n, 1, length)
    with pytest.raises(ValueError, match="no zero-padded"):
        padded.best(2**300 + 1, 2, n, 1)


def test_the_generic_road_comes_after_the_last_length() -> None:
    k, n = 2**40 + 15, 5003
    road: Any = ZeroPadded(k, 2, n, 1)
    engine: Any = road.first()
    seen = []
    while isinstance(engine, Padded):
        seen.append(engine.length)
        engine = road.longer(engine)
    assert seen == sorted(set(seen))
    assert len(seen) > 1
    assert isinstance(engine, CompiledMontgomery)
    assert isinstance(road.longer(engine), CompiledMontgomery)
