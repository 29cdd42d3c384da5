"""Digits in an irrational base: into them, and out of them again."""

from __future__ import annotations

import math

import gmpy2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkreach.arithmetic.fft.digits import Digits
from darkreach.arithmetic.fft.layout import Layout

SHAPES = [
    (1, 2, 2203, -1, 128),
    (27, 2, 1001, 1, 64),
    (65535, 2, 3001, -1, 192),
    (4, 3, 1001, 1, 128),
    (7, 10, 331, -1, 128),
    (1, 500_000, 64, 1, 64),
]


@given(st.sampled_from(SHAPES), st.integers(min_value=0))
@settings(max_examples=200, deadline=None)
def test_every_residue_comes_back(shape: tuple[int, ...], seed: int) -> None:
    digits = Digits(*shape)
    value = gmpy2.mpz(seed) ** 97 % digits.number
    split = digits.split(value)
    assert digits.join(split) == value
    bases = np.array([digits.b ** int(power) for power in digits.powers])
    assert np.all(np.abs(split[:-1]) * 2 <= bases[:-1])
    assert abs(split[-1]) <= bases[-1]


@pytest.mark.parametrize("shape", SHAPES)
def test_exponents_are_the_ceilings_of_exact_multiples(shape: tuple[int, ...]) -> None:
    k, b, n, _, length = shape
    digits = Digits(*shape)
    with gmpy2.context(precision=400):
        high = n + gmpy2.log(gmpy2.mpfr(k)) / gmpy2.log(gmpy2.mpfr(b))
        for j in range(length):
            exact = high * j / length
            # k = 1 makes exact integers, which the logarithm may miss by a hair.
            expected = int(gmpy2.ceil(exact - gmpy2.mpfr(2) ** -60))
            assert digits.exponents[j] == expected
            assert math.isclose(
                digits.fractions[j], float(expected - exact), abs_tol=1e-14
            )


@pytest.mark.parametrize("width", [8, 4, 2])
@pytest.mark.parametrize(
    ("length", "cyclic"),
    [(4096, False), (7 << 9, True), (15 << 14, False), (1 << 18, True)],
)
def test_every_word_has_a_place_of_its_own(
    length: int, cyclic: bool, width: int
) -> None:
    layout = Layout(length, width, cyclic)
    positions = layout.positions
    assert len(np.unique(positions)) == length
    assert positions.min() == 0
    assert positions.max() < layout.size


@given(st.integers(1, 61), st.integers(0, 2**32), st.integers(0, 1))
@settings(deadline=None)
def test_digits_are_added_up_in_limbs_as_they_are_in_pairs(
    bits: int, seed: int, sign: int
) -> None:
    digits = Digits(27, 2, 2011, 1, 128)
    size = 2 ** min(bits, 31)
    values = np.random.default_rng(seed).integers(-size, size, 128) * (1 - 2 * sign)
    values = np.clip(values, 1 - 2**31, 2**31 - 1)
    expected = sum(
        int(value) << int(exponent)
        for value, exponent in zip(values, digits.exponents[:-1], strict=True)
    )
    assert digits._binary(values) == digits._by_pairs(values) == expected
    assert digits._integer(values) == expected
