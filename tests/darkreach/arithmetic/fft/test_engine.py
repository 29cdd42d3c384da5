"""The engine against Python's own integers: every length, sign, width and operation."""

from __future__ import annotations

import math
import random
from typing import Any

import gmpy2
import numpy as np
import pytest

from darkreach.arithmetic.fft import lengths
from darkreach.arithmetic.fft.engine import Engine, Prepared
from darkreach.arithmetic.fft.layout import ODD
from darkreach.arithmetic.fft.width import WIDTHS
from tests.darkreach.arithmetic.operations import WORST, check_every_operation

state = gmpy2.random_state(31)


def residue(engine: Engine) -> Any:
    return gmpy2.mpz_random(state, engine.number)


def fitting(k: int, c: int, length: int, bits: float, width: int) -> Engine:
    """k*2^n + c with about `bits` bits per word, and lg(k)/2 fewer."""
    n = int(length * (bits - math.log2(k) / 2) - math.log2(k))
    return Engine.special(k, n, c, length, width)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("c", [1, -1])
@pytest.mark.parametrize("p", ODD)
def test_every_operation_is_right_at_every_odd_part(p: int, c: int, width: int) -> None:
    random.seed(f"{p} {c} {width}")
    for length in (p << 8, p << random.choice((9, 10))):
        k = random.choice((1, 3, 27, random.randrange(1, 1 << 16, 2)))
        check_every_operation(fitting(k, c, length, random.uniform(17, 19), width))


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", lengths.KINDS)
def test_every_length_up_to_64k_is_right_at_every_width(kind: str, width: int) -> None:
    random.seed(f"{kind} {width}")
    for length in lengths.lengths(kind, width):
        if not 128 <= length <= 1 << 16:
            continue
        for k in (1, random.randrange(3, 1 << 16, 2)):
            bits = lengths.safe_bits(length) - random.uniform(0.1, 3)
            c = -1 if kind == "cyclic" else 1
            check_every_operation(fitting(k, c, length, bits, width))


@pytest.mark.parametrize(
    ("k", "n", "c"), [(27, 5003, 1), (27, 5003, -1), (1, 4001, -1)]
)
def test_a_whole_power_has_the_residue_that_gmp_finds(k: int, n: int, c: int) -> None:
    engine = Engine.special(k, n, c, lengths.best(k, 2, n, c))
    x = engine.load(gmpy2.powmod(3, gmpy2.mpz(k) << 60, engine.number))
    assert engine.square_many(x, n - 60) < WORST
    exponent = gmpy2.mpz(k) << n
    assert engine.store(x) == gmpy2.powmod(3, exponent, engine.number)


@pytest.mark.parametrize(
    ("k", "b", "n", "c"),
    [
        (1, 3, 2503, 1),
        (4, 3, 2503, -1),
        (2, 5, 1201, 1),
        (8, 7, 1901, -1),
        (7, 10, 997, 1),
        (1, 1000, 997, -1),
        (1, 5, 1201, -1),
        (1, 243, 601, 1),
    ],
)
def test_other_bases_are_right(k: int, b: int, n: int, c: int) -> None:
    """Even numbers too, of which repunits are parts."""
    for width in WIDTHS:
        length = lengths.best(k, b, n, c, width)
        check_every_operation(Engine.power(k, b, n, c, length, width))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("b", "m"), [(500_000, 9), (1_000_000, 10), (30, 8), (12, 11)])
def test_generalized_fermat_numbers_are_right(b: int, m: int, width: int) -> None:
    check_every_operation(Engine.generalized_fermat(b, m, width))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("k", "n", "c"),
    [(27, 3_000_001, 1), (1, 3_021_377, -1), (27, 9_999_991, 1), (1, 9_699_991, -1)],
)
def test_squarings_of_millions_of_bits_are_right(k: int, n: int, c: int) -> None:
    engine = Engine.special(k, n, c, lengths.best(k, 2, n, c))
    v = residue(engine)
    x = engine.load(v)
    assert engine.square_many(x, 2) < WORST
    for _ in range(2):
        v = v * v % engine.number
    assert engine.store(x) == v


@pytest.mark.parametrize("kind", lengths.KINDS)
def test_the_ends_of_the_range_are_kept(kind: str) -> None:
    c = -1 if kind == "cyclic" else 1
    engine = fitting(45, c, 512, 16, 4)
    number = engine.number
    for v in (0, 1, 2, number - 1, number - 2, number // 2, number >> 7):
        x = engine.load(v)
        assert engine.store(x) == v
        assert engine.square_many(x, 1) < WORST
        assert engine.store(x) == v * v % number


def test_words_that_are_no_numbers_are_an_error_and_no_residue() -> None:
    engine = fitting(3, 1, 512, 16, 4)
    for poison in (math.nan, math.inf, 1e300):
        x = engine.load(residue(engine))
        x[engine.layout.positions[77]] = poison
        assert engine.square_many(x, 2) == math.inf
        with pytest.raises(ValueError, match="no residue"):
            engine.store(x)


def test_too_many_bits_per_word_show_in_the_round_off() -> None:
    engine = fitting(1, 1, 1024, 22.7, 4)
    assert engine.square_many(engine.load(residue(engine)), 20) > WORST


def test_nothing_is_done_no_times() -> None:
    engine = fitting(1, 1, 512, 15, 4)
    x = engine.load(12345)
    before = x.copy()
    assert engine.square_many(x, 0) == 0.0
    assert engine.climb(x, 3, 0, 0) == 0.0
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize(
    ("k", "b", "n", "c", "length", "said"),
    [
        (3, 2, 1000, 2, 128, "must be 1 or -1"),
        (6, 2, 1000, 1, 128, "common factor"),
        (1 << 20, 3, 1000, 1, 128, "out of range"),
        (3, 2, 100_000, 1, 128, "too short for 3"),
        (3, 2, 100, 1, 1024, "too long"),
        (3, 2, 1000, 1, 11 << 5, "not p"),
        (3, 2, 1000, 1, 16, "too short for a negacyclic"),
        (3, 2, 1000, -1, 16, "too short for a cyclic"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    k: int, b: int, n: int, c: int, length: int, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        Engine.power(k, b, n, c, length, 8)


def test_arguments_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="threads"):
        Engine.special(1, 7001, 1, 512, threads=65)
    engine, other = fitting(1, 1, 512, 15, 4), fitting(1, 1, 1024, 15, 4)
    x = engine.load(1)
    with pytest.raises(ValueError, match="count"):
        engine.square_many(x, -1)
    with pytest.raises(ValueError, match="base"):
        engine.climb(x, 1, 0, 4)
    with pytest.raises(ValueError, match="base"):
        engine.climb(x, 3, 0b100, 2)
    with pytest.raises(ValueError, match="factor"):
        engine.scale(x, 2**31)
    with pytest.raises(ValueError, match="not of this engine"):
        other.square_many(x, 1)
    with pytest.raises(ValueError, match="not of this engine"):
        engine.square_many(engine.prepare(x), 1)
    assert isinstance(engine.prepare(x), Prepared)


def test_the_kernel_is_named_for_results() -> None:
    engine = Engine.special(27, 30_011, 1, 2048, 4)
    assert engine.kernel == "fft 2K negacyclic w4"
    assert Engine.special(1, 10_007, -1, 640, 2).kernel == "fft 640 cyclic w2"
    assert engine.length == 2048
    assert engine.bytes > 0
