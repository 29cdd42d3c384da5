"""P-1 finds exactly the factors that its bounds promise."""

from __future__ import annotations

import csv
import random
from math import gcd, lcm, prod
from pathlib import Path

import gmpy2
import pytest

from darkreach import forms
from darkreach.arithmetic import Number, modulus
from darkreach.derivation import Derivation
from darkreach.errors import CheckpointError
from darkreach.factoring.divisors import known_divisor
from darkreach.factoring.pm1 import (
    Bounds,
    prime_part,
    product,
    search,
    smooth_primes,
)
from darkreach.factoring.stage_two import StageTwo, pairs, wheel
from tests.darkreach.sieve import naive

VECTORS = Path(__file__).parents[2] / "vectors"


def found(number: Number, b1: int, b2: int = 0) -> int | None:
    """The factor that the search finds, by a derivation that runs to its end."""
    derivation = Derivation(
        lambda: search(number, Bounds(b1, b2)), lambda: modulus(number)
    )
    while not derivation.finished:
        derivation.advance(1.0)
    factor = derivation.conclusion["factor"]
    return None if factor is None else int(factor)


def obvious_divisor(number: int, base: int, known: int, b1: int, b2: int) -> int:
    """gcd of N with all that the two stages promise."""
    x = pow(base, known * lcm(*range(1, b1 + 1)), number)
    divisor = gcd(x - 1, number)
    if divisor > 1 or b2 <= b1:
        return divisor
    return gcd(prod(pow(x, q, number) - 1 for q in naive.primes(b1 + 1, b2)), number)


def _planted(chance: random.Random, bits: int, c: int) -> tuple[Number, int, int, int]:
    """A number k*2^n+c with a factor f of its own, the bounds that f needs, and no
    other factor as smooth as that."""
    while True:
        parts = [chance.choice(naive.primes(3, 2000)) for _ in range(3)]
        top = int(gmpy2.next_prime(chance.randint(5000, 9000)))
        f = 2 * prod(parts) * top + 1
        if len(set(parts)) < 3 or not gmpy2.is_prime(f):
            continue
        n = bits - f.bit_length()
        k = -c * pow(2, -n, f) % f
        k += f if k % 2 == 0 else 0
        number = forms.number(f"{k}*2^{n}{c:+d}")
        rest = number.value() // f
        power = gmpy2.powmod(3, product(smooth_primes(top)), rest)
        if all(number.mod(p) for p in (3, 5, 7)) and gmpy2.gcd(power - 1, rest) == 1:
            return number, f, max(parts), top


@pytest.mark.parametrize("c", [1, -1])
@pytest.mark.parametrize("bits", [200, 1000, 3000])
def test_planted_factors_are_found_with_their_own_bounds(bits: int, c: int) -> None:
    chance = random.Random(bits)
    for _ in range(3):
        number, f, b1, b2 = _planted(chance, bits, c)
        assert number.mod(f) == 0
        for bounds in [(b2, 0), (b1, b2)]:
            factor = found(number, *bounds)
            assert factor == f


@pytest.mark.parametrize("bits", [200, 1000, 3000])
def test_a_factor_beyond_the_bounds_is_not_found(bits: int) -> None:
    number, _, b1, b2 = _planted(random.Random(bits + 1), bits, 1)
    assert found(number, b1, b2 // 2) is None
    assert found(number, b1) is None


@pytest.mark.parametrize("bounds", [(5, 0), (20, 0), (20, 60), (11, 400), (3, 30)])
def test_small_numbers_agree_with_the_obvious_computation(
    bounds: tuple[int, int],
) -> None:
    """What is found is a factor, and nothing is missed."""
    for k in range(1, 40, 2):
        for n in range(6, 40, 3):
            number = forms.number(f"{k}*2^{n}+1")
            value = int(number.value())
            factor = found(number, *bounds)
            if factor is not None:
                assert 1 < factor < value and value % factor == 0
                continue
            base = next(a for a in (3, 5, 7, 11, 13) if value % a)
            known = known_divisor(number)
            assert obvious_divisor(value, base, known, *bounds) in (1, value)


@pytest.mark.parametrize("text", ["1", "2", "3", "4", "6", "9", "15", "16", "77"])
def test_tiny_numbers_do_no_harm(text: str) -> None:
    factor = found(forms.number(text), 10, 30)
    assert factor is None or (1 < factor < int(text) and int(text) % factor == 0)


def test_primes_have_no_factor() -> None:
    for text in ("3*2^2+1", "3*2^5+1", "3*2^18+1", "2^13-1", "2^89-1", "5*2^127+1"):
        number = forms.number(text)
        if gmpy2.is_prime(number.value()):
            assert found(number, 1000, 20_000) is None


def test_a_product_that_falls_at_once_is_taken_apart() -> None:
    """All factors of these are smooth: the gcd is N, and the walk finds a factor."""
    for text in ("2^60-1", "2^48+1", "3^40-1", "7*2^22+1", "10^24-1"):
        number = forms.number(text)
        factor = found(number, 10**5)
        assert factor is not None and number.mod(factor) == 0


def test_published_mersenne_factors() -> None:
    with (VECTORS / "pm1_mersenne.csv").open() as file:
        for row in csv.DictReader(file):
            number = forms.number(f"2^{row['p']}-1")
            b1, b2 = int(row["B1"]), int(row["B2"])
            first, second = (int(row[f"stage{i}_gcd_computed"]) for i in (1, 2))
            if first == 1:
                assert found(number, b1) is None
                assert found(number, b1, b2) == second
            else:
                factor = found(number, b1)
                assert factor is not None and first % factor == 0


def test_the_order_of_the_base_is_free_for_bare_powers() -> None:
    assert known_divisor(forms.number("2^4133-1")) == 2 * 4133
    assert known_divisor(forms.number("3*2^4133-1")) == 2
    assert known_divisor(forms.number("(2^89+1)/3")) == 2 * 89


def test_smooth_primes_multiply_to_the_least_common_multiple() -> None:
    for b1 in (2, 3, 4, 10, 25, 100, 1000):
        assert product(smooth_primes(b1)) == lcm(*range(1, b1 + 1))


@pytest.mark.parametrize("b1", [2, 3, 4, 5, 7, 11, 100])
@pytest.mark.parametrize("bits", [100, 10**7])
def test_stage_two_covers_every_prime(b1: int, bits: int) -> None:
    d = wheel(bits, b1, 5000)
    covered = {
        abs(m * d + s * j) for m, j in pairs(b1, 5000, d).tolist() for s in (1, -1)
    }
    assert set(naive.primes(b1 + 1, 5000)) <= covered
    assert all(gcd(j, d) == 1 for _, j in pairs(b1, 5000, d).tolist())


@pytest.mark.parametrize("b1", [2, 5, 11, 50])
def test_stage_two_multiplies_the_right_differences(b1: int) -> None:
    number = forms.number("5*2^101+1")
    value = int(number.value())
    x, b2 = pow(3, 977, value), 700
    chain = StageTwo(modulus(number), gmpy2.mpz(x), b1, b2, each=False)
    while not chain.advance(1.0):
        pass
    inverse = pow(x, -1, value)

    def v(i: int) -> int:
        return pow(x, i, value) + pow(inverse, i, value)

    d = wheel(value.bit_length(), b1, b2)
    expected = prod(v(m * d) - v(j) for m, j in pairs(b1, b2, d).tolist()) % value
    assert chain.modulus.store(chain.product) == expected


def test_composite_divisors_are_split_when_that_is_easy() -> None:
    assert prime_part(10007 * 10009, 100) in (10007, 10009)
    assert prime_part(10007, 100) == 10007
    smooth = prod(naive.primes(2, 30))
    p = next(p for i in range(1, 999) if gmpy2.is_prime(p := smooth * i + 1))
    q = int(gmpy2.next_prime(2**61))
    assert prime_part(p * q, 1000) == p


def test_a_state_of_stage_two_with_another_table_is_refused() -> None:
    number = forms.number("5*2^101+1")
    chain = StageTwo(modulus(number), gmpy2.mpz(9), 100, 2000, each=False)
    chain.advance(0.0)
    state = chain.state()
    StageTwo(modulus(number), gmpy2.mpz(9), 100, 2000, each=False).resume(state)
    other = {**state, "values": [*state["values"][:3], "1e"]}
    with pytest.raises(CheckpointError, match="another D"):
        StageTwo(modulus(number), gmpy2.mpz(9), 100, 2000, each=False).resume(other)
