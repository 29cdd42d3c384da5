"""The table of lengths: safe with random and with extreme digits, and complete."""

from __future__ import annotations

import math
from itertools import pairwise

import gmpy2
import numpy as np
import pytest

from darkreach.arithmetic.fft import lengths
from darkreach.arithmetic.fft.engine import Engine
from darkreach.arithmetic.fft.layout import ODD, odd_part

WORST = 0.40


def just_safe(k: int, c: int, length: int) -> Engine:
    """Half a percent under the limit of a length."""
    bits = 0.995 * lengths.safe_bits(length) - math.log2(k) / 2
    return Engine.special(k, int(length * bits - math.log2(k)), c, length)


def check_round_off(engine: Engine, count: int) -> None:
    """Random residues stay well below the limit; the sign pattern of digits of the
    largest size is either below it or seen as an error."""
    x = engine.load(gmpy2.mpz_random(gmpy2.random_state(3), engine.number))
    assert engine.square_many(x, count) < WORST
    bases = engine.b**engine.digits.powers // 2
    signs = np.random.default_rng(8).choice([-1, 1], engine.length)
    for digits in (bases, -bases, bases * signs):
        value = engine.digits.join(digits.astype(float))
        x = engine.load(value)
        assert engine.store(x) == value
        right = value * value % engine.number
        error = engine.square_many(x, 1)
        assert error > WORST or engine.store(x) == right


@pytest.mark.parametrize("k", [1, 27, 12345])
@pytest.mark.parametrize("c", [1, -1])
@pytest.mark.parametrize("length", [512, 1280, 4096, 7168])
def test_half_a_percent_under_its_limit_a_length_is_safe(
    length: int, c: int, k: int
) -> None:
    check_round_off(just_safe(k, c, length), 100)


@pytest.mark.slow
@pytest.mark.parametrize("k", [1, 12345])
@pytest.mark.parametrize("c", [1, -1])
@pytest.mark.parametrize("length", [1 << 14, 9 << 12, 1 << 16, 5 << 15, 1 << 19])
def test_half_a_percent_under_its_limit_a_long_length_is_safe(
    length: int, c: int, k: int
) -> None:
    check_round_off(just_safe(k, c, length), max(4, 10_000_000 // length))


def test_the_best_length_leaves_room_for_the_digits_of_the_number() -> None:
    assert lengths.best(27, 2, 10_007, 1, 4) == 512
    assert lengths.best(1, 500_000, 8192, 1, 4) == 8192
    assert lengths.best(1, 2, 30_011, -1, 8) == 1536
    for n in (5_003, 20_011, 300_007, 9_999_991):
        for c in (1, -1):
            length = lengths.best(3, 2, n, c)
            per_word = (n + math.log2(3)) / length
            assert per_word + math.log2(3) / 2 <= lengths.safe_bits(length)


def test_a_larger_k_or_another_base_needs_a_longer_transform() -> None:
    assert lengths.safe(65_535, 2, 60_000, 1)[0] > lengths.safe(1, 2, 60_000, 1)[0]
    ternary = int(60_000 / math.log2(3))
    assert lengths.safe(2, 3, ternary, 1)[0] >= lengths.safe(1, 2, 60_000, 1)[0]


@pytest.mark.parametrize("kind", lengths.KINDS)
def test_every_odd_part_is_in_the_table_and_each_has_a_following_one(kind: str) -> None:
    table = lengths.lengths(kind, 4)
    assert list(table) == sorted(set(table))
    assert {odd_part(length) for length in table} == set(ODD)
    for length, after in pairwise(table):
        assert lengths.following(length, kind, 4) == after
    with pytest.raises(ValueError, match="longer"):
        lengths.following(table[-1], kind, 4)


def test_what_no_length_suits_is_refused() -> None:
    for k, n in ((1, 30), (1, 200_000_000), (131_071, 400)):
        with pytest.raises(ValueError, match="no transform length"):
            lengths.best(k, 2, n, 1)
    with pytest.raises(ValueError, match="kind"):
        lengths.lengths("round")
