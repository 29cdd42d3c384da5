"""Montgomery's reduction over two exact engines agrees with Python's integers."""

from __future__ import annotations

from math import inf, nan

import gmpy2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from darkreach.arithmetic.crossing import Crossing
from darkreach.arithmetic.engines import room_for
from darkreach.arithmetic.gmp import Division
from darkreach.arithmetic.guarded import Guarded
from darkreach.arithmetic.montgomery import ROOM, Montgomery, modulus_bits
from tests.darkreach.arithmetic.twin_engine import TwinEngine

FACTORIAL = gmpy2.fac(170) + 1
numbers = some.integers(2**1000, 2**1030).map(lambda value: gmpy2.mpz(value | 1))


def over_twins(number: gmpy2.mpz, length: int = 64) -> Montgomery:
    bits = modulus_bits(number)
    sides = [TwinEngine((gmpy2.mpz(1) << bits) + c, length, bits=bits) for c in (-1, 1)]
    return Montgomery(number, bits, *sides)


@given(numbers, some.data())
@settings(max_examples=30, deadline=None)
def test_every_operation_agrees_with_integers(
    number: gmpy2.mpz, data: some.DataObject
) -> None:
    engine = over_twins(number)
    values = some.integers(0, int(number) - 1)
    a, b = data.draw(values), data.draw(values)
    bits, base = data.draw(some.integers(0, 2**12 - 1)), data.draw(some.integers(2, 99))
    x, y = engine.load(a), engine.load(b)
    assert engine.store(x) == a
    out = room_for(x)
    engine.multiply(x, y, out)
    assert engine.store(out) == a * b % number
    engine.multiply(x, engine.prepare(y), out)
    assert engine.store(out) == a * b % number
    engine.subtract(x, y, out)
    assert engine.store(out) == (a - b) % number
    engine.add(x, y, out)
    assert engine.store(out) == (a + b) % number
    engine.square_many(x, 3, -2)
    assert engine.store(x) == (((a * a - 2) ** 2 - 2) ** 2 - 2) % number
    engine.climb(y, base, bits, 12)
    expected = gmpy2.powmod(b, 4096, number) * gmpy2.powmod(base, bits, number)
    assert engine.store(y) == expected % number


def test_factors_of_31_bits_need_no_reduction_of_their_own() -> None:
    engine = over_twins(FACTORIAL)
    most = 2**31 - 1
    a = int(FACTORIAL) - 5
    x, y = engine.load(a), engine.load(a)
    engine.scale(x, most)
    engine.scale(y, -most)
    out = room_for(x)
    engine.multiply(x, y, out)
    assert engine.store(out) == -a * a * most * most % FACTORIAL
    for _ in range(50):
        engine.square_many(out, 1)
        engine.scale(out, most)
    expected = -a * a * most * most
    for _ in range(50):
        expected = expected * expected % FACTORIAL * most % FACTORIAL
    assert engine.store(out) == expected


def test_the_modulus_shares_no_factor_with_the_number() -> None:
    for number in (gmpy2.mpz(3) ** 700, gmpy2.fac(150) // (1 << 146) * 7 | 1):
        bits = modulus_bits(number)
        assert bits >= number.bit_length() + ROOM
        assert gmpy2.gcd((gmpy2.mpz(1) << bits) - 1, number) == 1


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="odd"):
        over_twins(FACTORIAL + 1)
    bits = modulus_bits(FACTORIAL)
    sides = [
        TwinEngine((gmpy2.mpz(1) << bits) + c, length, bits=bits)
        for c, length in ((-1, 64), (1, 128))
    ]
    with pytest.raises(ValueError, match="same length"):
        Montgomery(FACTORIAL, bits, *sides)


def test_the_guarded_modulus_takes_it_for_an_engine() -> None:
    class Road:
        """Lengths 32 (too short), 64 and 128."""

        def first(self) -> Montgomery:
            return over_twins(FACTORIAL, 32)

        def longer(self, engine: Montgomery) -> Montgomery | None:
            return over_twins(FACTORIAL, 2 * engine.length)

    arithmetic = Guarded(Division(FACTORIAL), Road())
    exponent = FACTORIAL - 1
    found = arithmetic.climb(
        arithmetic.load(1), 5, int(exponent), exponent.bit_length()
    )
    assert arithmetic.store(found) == gmpy2.powmod(5, exponent, FACTORIAL)
    assert arithmetic.errors == {"roundoff": 1}
    assert "twin 64" in arithmetic.kernel


def test_words_that_are_no_numbers_stay_none() -> None:
    engine = over_twins(FACTORIAL)
    for spoilt in (inf, nan):
        x = engine.load(5)
        x[:] = spoilt
        assert not engine.square_many(x, 1) <= 0.5


def test_two_layouts_with_other_words_are_refused() -> None:
    bits = modulus_bits(FACTORIAL)
    one = TwinEngine((gmpy2.mpz(1) << bits) - 1, 64, bits=bits)
    other = TwinEngine((gmpy2.mpz(1) << bits) + 1, 64, bits=bits - 5)
    with pytest.raises(ValueError, match="differ"):
        Crossing(one, other)
