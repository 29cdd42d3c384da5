"""The guarded modulus on the exact twin of an engine: right whatever goes wrong."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import gmpy2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from darkreach.arithmetic.gmp import Division, Shift
from darkreach.arithmetic.guarded import CAREFUL, Guarded, Residue
from tests.darkreach.arithmetic.twin_engine import TwinEngine, TwinRoad

N = (gmpy2.mpz(27) << 1500) + 1
residues = some.one_of(
    some.integers(0, 300), some.integers(0, int(N) - 1), some.just(int(N) - 1)
)


def guarded(start: int = 128, last: int = 512) -> Guarded:
    return Guarded(Shift(27, 1500, 1), TwinRoad(N, start, last))


def grown(arithmetic: Guarded, value: Any) -> Residue:
    """A residue in words, as it is after many squarings."""
    engine = arithmetic.engine
    assert engine is not None
    return Residue(words=engine.load(value), engine=engine)


@given(residues, residues, some.integers(-(2**62), 2**62), some.booleans())
@settings(max_examples=60, deadline=None)
def test_every_operation_agrees_with_integers(
    x: int, y: int, small: int, words: bool
) -> None:
    arithmetic = guarded()
    a = grown(arithmetic, x) if words else arithmetic.load(x)
    b = arithmetic.load(y)
    for found, expected in (
        (a, x),
        (arithmetic.multiply(a, b), x * y),
        (arithmetic.multiply(a, a), x * x),
        (arithmetic.subtract(a, b), x - y),
        (arithmetic.scale(a, small), x * small),
        (arithmetic.scale(a, -7), x * -7),
        (arithmetic.square_many(a, 3), pow(x, 8, int(N))),
        (arithmetic.lucas_many(a, 2), (x * x - 2) ** 2 - 2),
        (arithmetic.square_add(a, 65535), x * x + 65535),
        (arithmetic.square_add(a, -6), x * x - 6),
    ):
        assert arithmetic.store(found) == expected % N
    assert not arithmetic.errors


@given(some.integers(2, 2**16 - 1), some.integers(0, 2**300 - 1), some.booleans())
@settings(max_examples=20, deadline=None)
def test_a_climb_agrees_with_integers(base: int, bits: int, words: bool) -> None:
    arithmetic = guarded()
    x = int(N) // 3
    a = grown(arithmetic, x) if words else arithmetic.load(5)
    start = x if words else 5
    climbed = arithmetic.climb(a, base, bits, 300)
    expected = pow(start, 2**300, int(N)) * pow(base, bits, int(N)) % N
    assert arithmetic.store(climbed) == expected


def test_a_long_climb_is_cut_into_what_an_engine_takes() -> None:
    arithmetic = guarded()
    bits = int(gmpy2.mpz_random(gmpy2.random_state(1), gmpy2.mpz(1) << 9000))
    found = arithmetic.climb(arithmetic.load(1), 3, bits, 9000)
    assert arithmetic.store(found) == gmpy2.powmod(3, bits, N)


@pytest.mark.parametrize("base", [0, 1, 2**16, -3])
def test_a_climb_refuses_a_base_that_no_engine_takes(base: int) -> None:
    with pytest.raises(ValueError, match="base of a climb"):
        guarded().climb(guarded().load(1), base, 1, 1)


def test_the_first_squarings_are_integers_and_the_others_are_not() -> None:
    arithmetic = guarded()
    young = arithmetic.square_many(arithmetic.load(3), CAREFUL)
    assert young.words is None
    old = arithmetic.square_many(young, 1)
    assert old.words is not None
    assert arithmetic.square_many(arithmetic.load(N // 3), 1).words is not None


def test_a_residue_that_stays_small_stays_an_integer() -> None:
    arithmetic = guarded()
    one = arithmetic.square_many(arithmetic.load(N - 1), 1000)
    assert one.words is None
    assert arithmetic.store(one) == 1
    product = arithmetic.multiply(one, grown(arithmetic, 12345))
    assert arithmetic.store(product) == 12345


def test_too_much_roundoff_moves_to_the_next_length_and_is_counted() -> None:
    arithmetic = guarded(start=64)
    found = arithmetic.square_many(arithmetic.load(3), 500)
    assert arithmetic.store(found) == gmpy2.powmod(3, gmpy2.mpz(1) << 500, N)
    assert arithmetic.kernel == "twin 128"
    assert arithmetic.errors == {"roundoff": 1}
    assert arithmetic.max_roundoff <= 0.4


def test_every_operation_moves_to_the_next_length() -> None:
    for call in (
        lambda m, x: m.square_many(x, 5),
        lambda m, x: m.lucas_many(x, 5),
        lambda m, x: m.climb(x, 3, 9, 5),
        lambda m, x: m.multiply(x, x),
    ):
        short, long = guarded(start=64), guarded(start=128)
        found = call(short, grown(short, N // 7))
        assert short.errors == {"roundoff": 1}
        assert short.store(found) == long.store(call(long, grown(long, N // 7)))


def test_residues_of_a_length_that_was_left_are_still_good() -> None:
    arithmetic = guarded(start=64)
    x = grown(arithmetic, N // 7)
    square = arithmetic.multiply(x, x)
    assert x.engine is not square.engine
    before = arithmetic.check_value(x)
    assert arithmetic.store(arithmetic.subtract(square, x)) == (
        ((N // 7) ** 2 - N // 7) % N
    )
    assert arithmetic.store(arithmetic.multiply(x, x)) == arithmetic.store(square)
    assert arithmetic.check_value(x) == before


def test_a_loaded_residue_has_one_check_value() -> None:
    arithmetic = guarded()
    x = arithmetic.load(N // 7)
    before = arithmetic.check_value(x)
    arithmetic.square_many(x, 1)
    assert arithmetic.check_value(x) == before


def test_beyond_the_last_length_gmp_goes_on() -> None:
    arithmetic = guarded(start=32, last=64)
    found = arithmetic.square_many(arithmetic.load(3), 500)
    assert arithmetic.store(found) == gmpy2.powmod(3, gmpy2.mpz(1) << 500, N)
    assert arithmetic.errors == {"roundoff": 2}
    assert arithmetic.kernel == "gmpy2 squaring chain"
    beyond = guarded(start=1024)
    assert beyond.kernel == "gmpy2 squaring chain"
    assert not beyond.errors


@pytest.mark.parametrize("bad", [0.5, 0.41, inf, nan])
def test_no_error_of_an_engine_passes_as_a_result(bad: float) -> None:
    class Spoiling(TwinEngine):
        """An engine whose first result is garbage, and says so."""

        def square_many(self, x: Any, count: int, addend: int = 0) -> float:
            super().square_many(x, count, addend)
            x[3] += 1
            return bad

    class SpoiltRoad(TwinRoad):
        def first(self) -> TwinEngine:
            return Spoiling(self.number, self.start)

    arithmetic = Guarded(Division(N), SpoiltRoad(N, 128, 512))
    found = arithmetic.square_many(arithmetic.load(3), 100)
    assert arithmetic.store(found) == gmpy2.powmod(3, gmpy2.mpz(1) << 100, N)
    assert arithmetic.errors == {"roundoff": 1}


def test_a_check_value_sees_a_single_bit() -> None:
    arithmetic = guarded()
    x = grown(arithmetic, N // 5)
    assert x.words is not None
    before = arithmetic.check_value(x)
    for place, bit in ((0, 0), (17, 0), (40, 63), (127, 52)):
        x.words.view("u8")[place] ^= 1 << bit
        assert arithmetic.check_value(x) != before
        x.words.view("u8")[place] ^= 1 << bit
    x.words[[3, 4]] = x.words[[4, 3]]
    assert arithmetic.check_value(x) != before
    assert arithmetic.check_value(arithmetic.load(4)) == 4


def test_zero_is_seen_in_either_shape() -> None:
    arithmetic = guarded()
    for x in (arithmetic.load(0), grown(arithmetic, 0)):
        assert arithmetic.is_zero(x)
    for x in (arithmetic.load(1), grown(arithmetic, 1)):
        assert not arithmetic.is_zero(x)
