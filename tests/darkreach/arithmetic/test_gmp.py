"""Every modulus must agree with Python's own integers."""

from __future__ import annotations

import random

import gmpy2
import pytest

from darkreach.arithmetic import Modulus, modulus
from darkreach.arithmetic.gmp import Division, Shift
from darkreach.forms import number
from darkreach.forms.kbn import Kbn


def numbers() -> list[tuple[Modulus, int]]:
    """Moduli of both kinds, with the plain integer they stand for."""
    random.seed(20)
    found: list[tuple[Modulus, int]] = []
    for c in (1, -1):
        for k, n in ((1, 5), (1, 64), (3, 7), (3, 127), (15, 40), (2**61 - 1, 100)):
            value = k * 2**n + c
            found += [(Shift(k, n, c), value), (Division(value), value)]
    for k, n, c, d in ((1, 61, 1, 3), (1, 60, -1, 9), (5, 81, 1, 11)):
        found.append((Shift(k, n, c, d), (k * 2**n + c) // d))
    return found


def samples(value: int) -> list[int]:
    """The ends of the range, where reductions go wrong, and random residues."""
    edge = [0, 1, 2, value - 1, value - 2, value // 2]
    return edge + [random.randrange(value) for _ in range(20)]


@pytest.mark.parametrize(("arithmetic", "value"), numbers())
def test_every_operation_agrees_with_integers(arithmetic: Modulus, value: int) -> None:
    for x in samples(value):
        loaded = arithmetic.load(x)
        y = random.randrange(value)
        other = arithmetic.load(y)
        small = random.randrange(-(2**62), 2**62)
        bits = random.getrandbits(9)
        for found, expected in (
            (arithmetic.square_many(loaded, 3), pow(x, 8, value)),
            (arithmetic.climb(loaded, 7, bits, 9), pow(x, 512, value) * 7**bits),
            (arithmetic.lucas_many(loaded, 2), (x * x - 2) ** 2 - 2),
            (arithmetic.square_add(loaded, -77), x * x - 77),
            (arithmetic.multiply(loaded, other), x * y),
            (arithmetic.scale(loaded, small), x * small),
            (arithmetic.subtract(loaded, other), x - y),
            (loaded, x),
        ):
            assert arithmetic.store(found) == expected % value


def test_the_door_gives_base_two_the_shift() -> None:
    assert isinstance(modulus(Kbn(3, 2, 100, 1)), Shift)
    assert isinstance(modulus(Kbn(3, 2, 100, -1)), Shift)


def test_the_door_gives_wagstaff_numbers_the_shift_of_their_multiple() -> None:
    arithmetic = modulus(number("(2^211+1)/3"))
    assert isinstance(arithmetic, Shift)
    assert arithmetic.modulus == 2**211 + 1


def test_the_door_gives_other_numbers_the_division() -> None:
    assert isinstance(modulus(Kbn(2, 3, 100, 1)), Division)
    assert isinstance(modulus(Kbn(2**70 + 1, 2, 100, 1)), Division)


def test_a_modulus_knows_its_number() -> None:
    form = Kbn(2, 5, 77, -1)
    assert modulus(form).number == gmpy2.mpz(2) * 5**77 - 1
