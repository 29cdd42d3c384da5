"""Chains against slow, obvious twins, whole and interrupted."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path

import gmpy2
import pytest

from darkreach.arithmetic import modulus
from darkreach.arithmetic.chains import Chain, LucasLadder, LucasLehmerRiesel, Power
from darkreach.forms.kbn import Kbn

VECTORS = Path(__file__).parents[2] / "vectors"
NUMBERS = [Kbn(3, 2, 120, 1), Kbn(45, 2, 97, -1), Kbn(2, 5, 60, 1), Kbn(7, 6, 44, -1)]
LARGE = Kbn(3, 2, 2500, -1)


def naive_lucas(p: int, q: int, index: int, number: int) -> tuple[int, int, int]:
    """V_index, V_(index+1) and Q^index by the recurrence, a term at a time."""
    v, w = 2, p
    for _ in range(index):
        v, w = w, (p * w - q * v) % number
    return v % number, w % number, pow(q, index, number)


def naive_llr(k: int, n: int, v1: int) -> int:
    number = k * 2**n - 1
    u = naive_lucas(v1, 1, k, number)[0]
    for _ in range(n - 2):
        u = (u * u - 2) % number
    return u


def finish(chain: Chain) -> Chain:
    while not chain.advance(0.01):
        pass
    return chain


def finish_interrupted(make: Callable[[], Chain]) -> Chain:
    """Stopped after every slice, written down as JSON, and begun again from that."""
    chain = make()
    while not chain.advance(0.0):
        saved = json.dumps(chain.state())
        chain = make()
        chain.resume(json.loads(saved))
    return chain


@pytest.mark.parametrize("form", NUMBERS)
def test_a_power_of_a_small_number_is_what_python_says(form: Kbn) -> None:
    number = int(form.value())
    for base in (3, 5, 11):
        power = Power(modulus(form), base, gmpy2.mpz(number - 1))
        assert power.advance(0.0)
        assert power.modulus.store(power.x) == pow(base, number - 1, number)


def test_a_power_of_a_large_number_is_what_python_says() -> None:
    number = LARGE.value()
    for exponent in (number - 1, number + 1, gmpy2.mpz(random.getrandbits(900))):
        power = finish(Power(modulus(LARGE), 3, exponent))
        assert isinstance(power, Power)
        assert power.kernel == "gmpy2 squaring chain"
        assert power.x == gmpy2.powmod(3, exponent, number)


def test_an_interrupted_power_is_the_same_power() -> None:
    exponent = LARGE.value() - 1
    whole = finish(Power(modulus(LARGE), 3, exponent))
    parts = finish_interrupted(lambda: Power(modulus(LARGE), 3, exponent))
    assert whole.values() == parts.values()


@pytest.mark.parametrize("form", NUMBERS)
def test_the_ladder_is_the_recurrence(form: Kbn) -> None:
    number = int(form.value())
    for p, q in ((1, -1), (3, -1), (5, 3), (7, 11)):
        for index in (1, 2, 3, 17, 100, 255, 256):
            ladder = finish(LucasLadder(modulus(form), p, q, gmpy2.mpz(index)))
            assert tuple(ladder.values()) == naive_lucas(p, q, index, number)


def test_an_interrupted_ladder_is_the_same_ladder() -> None:
    form = NUMBERS[3]
    index = form.value() + 1
    whole = finish(LucasLadder(modulus(form), 3, -1, index))
    parts = finish_interrupted(lambda: LucasLadder(modulus(form), 3, -1, index))
    assert whole.values() == parts.values()


def test_the_riesel_sequence_is_the_published_one() -> None:
    with (VECTORS / "llr_residues.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if int(row["v1"]) > 0]
    for row in rows:
        k, n, v1 = int(row["k"]), int(row["n"]), int(row["v1"])
        chain = finish(LucasLehmerRiesel(modulus(Kbn(k, 2, n, -1)), k, n, v1))
        assert isinstance(chain, LucasLehmerRiesel)
        assert f"{int(chain.u) % 2**64:016X}" == row["final_u_res64"], row


def test_an_interrupted_riesel_sequence_is_the_same_sequence() -> None:
    for k, n, v1 in ((45, 97, 11), (2**40 + 15, 60, 4), (1, 61, 4)):
        form = Kbn(k, 2, n, -1)
        chain = finish_interrupted(
            lambda form=form, v1=v1: LucasLehmerRiesel(
                modulus(form), form.k, form.n, v1
            )
        )
        if k < 1000:
            assert chain.values()[0] == naive_llr(k, n, v1)
        whole = finish(LucasLehmerRiesel(modulus(form), k, n, v1))
        assert chain.values() == whole.values()


def test_the_fraction_grows_to_one() -> None:
    chain = Power(modulus(LARGE), 3, LARGE.value() - 1)
    seen = [chain.fraction]
    while not chain.advance(0.0):
        seen.append(chain.fraction)
    assert seen == sorted(seen)
    assert chain.fraction == 1.0
