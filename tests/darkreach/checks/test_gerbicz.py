"""The check of Gerbicz and Li: published traces, and its own algebra."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gmpy2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from darkreach import forms
from darkreach.arithmetic import modulus
from darkreach.arithmetic.gmp import Division
from darkreach.arithmetic.power import Power
from darkreach.checks.gerbicz import Blocks, holds, limb_sum

VECTORS = Path(__file__).parents[2] / "vectors"
TRACES = json.loads((VECTORS / "gerbicz_error_injection.json").read_text())["cases"]
LI = json.loads((VECTORS / "gerbicz_li_error_injection.json").read_text())["cases"]


def low(value: Any) -> str:
    return f"{int(gmpy2.f_mod_2exp(value, 64)):016X}"


@pytest.mark.parametrize("name", TRACES)
def test_the_published_traces_of_gerbicz_are_reproduced(name: str) -> None:
    """Value of the product and verdict at every check, with a bit of u flipped after
    one iteration; after a failure everything since the last check is done again."""
    mersenne, block, inject = name.split()
    length, block = int(mersenne[1:]), int(block[2:])
    faults = [] if inject.endswith("None") else [int(inject[7:])]
    arithmetic = modulus(forms.number(f"2^{length}-1"))
    u, product, events, i = arithmetic.load(3), None, [], 0
    good = i, u, product
    while i < length - length % block:
        u = arithmetic.square_many(u, 1)
        i += 1
        if i in faults:
            faults.remove(i)
            events.append(["inject", i])
            u = arithmetic.load(arithmetic.store(u) ^ 1)
        if i % block == 0:
            before = product
            product = u if before is None else arithmetic.multiply(before, u)
            if i % block**2 == 0 or i == length - length % block:
                value = arithmetic.store(u)
                three, zero = gmpy2.mpz(3), gmpy2.mpz(0)
                sound = holds(arithmetic, 3, zero, block, three, before, value)
                d = 3 * arithmetic.store(product) % arithmetic.number
                events.append(["check", i, sound, low(d)])
                if sound:
                    good = i, u, product
                else:
                    i, u, product = good
    assert events == TRACES[name]["events"]
    u = arithmetic.square_many(u, length - i)
    assert low(arithmetic.store(u)) == TRACES[name]["final_res64"]


def test_the_published_traces_of_gerbicz_and_li_are_reproduced() -> None:
    for case in LI:
        number = forms.number(case["number"]).value()
        arithmetic, base, block = Division(number), case["base"], case["B"]
        exponent, fault = number - 1, case["inject_after_bit"]
        assert exponent.bit_length() == case["exponent_bits"]
        x, product = gmpy2.mpz(1), gmpy2.mpz(1)
        for i in reversed(range(case["exponent_bits"])):
            x = x * x * (base if exponent.bit_test(i) else 1) % number
            if i == fault:
                x ^= 1
            if i % block == 0 and i:
                product = product * x % number
        limbs = limb_sum(exponent, case["exponent_bits"], 0, block)
        assert low(x) == case["final_res64"]
        assert limbs == int(case["limb_sum"])
        assert low(product * x % number) == case["d_t1_res64"]
        assert low(product) == case["d_t_res64"]
        sound = holds(arithmetic, base, limbs, block, gmpy2.mpz(1), product, x)
        assert sound == case["check_ok"], case


@given(some.integers(1, 2**400), some.integers(1, 60))
@settings(deadline=None)
def test_the_sum_of_limbs_is_that_of_its_definition(exponent: int, block: int) -> None:
    value, total = exponent, 0
    while value:
        total, value = total + value % 2**block, value >> block
    bits = exponent.bit_length()
    assert limb_sum(gmpy2.mpz(exponent), bits, 0, block) == total


@given(some.integers(1, 2**900), some.sampled_from([16, 32, 48]), some.integers(1, 9))
@settings(deadline=None, max_examples=40)
def test_a_power_in_blocks_is_a_power(exponent: int, block: int, blocks: int) -> None:
    number = (gmpy2.mpz(1) << 401) + 27
    plan = Blocks(block, block * blocks, block)
    power = Power(Division(number), 5, gmpy2.mpz(exponent), plan)
    while not power.advance(0.0):
        pass
    assert power.value() == gmpy2.powmod(5, exponent, number)
    assert not power.modulus.errors


@given(some.integers(2300, 10**8), some.integers(2300, 10**8))
def test_windows_are_whole_blocks_and_end_with_the_exponent(
    length: int, bits: int
) -> None:
    plan = Blocks.plan(length, bits)
    for level in range(5):
        blocks, left = plan.shorter(level), length
        while left > 0:
            end = blocks.end_of_window(left)
            assert 0 <= end < left and end % plan.unit == 0
            if left < length:
                assert (left - end) % blocks.block == 0
            left = end if length < 10**6 or end == 0 else min(end, 3 * plan.window)
            left -= left % plan.unit
        assert left == 0
    least = 4 * (2 / length) ** 0.5
    overhead = 2.5 / plan.block + plan.block / min(plan.window, length)
    assert overhead < max(0.005, least) or bits < 10**5


@pytest.mark.parametrize("where", ["x", "product", "start", "zero", "one"])
def test_what_is_wrong_never_holds(where: str) -> None:
    number = (gmpy2.mpz(27) << 500) + 1
    arithmetic = Division(number)
    start = gmpy2.powmod(3, 12345, number)
    first = gmpy2.powmod(start, 1 << 64, number)
    second = gmpy2.powmod(first, 1 << 64, number)
    none = gmpy2.mpz(0)
    assert holds(arithmetic, 3, none, 64, start, first, second)
    wrong = {
        "x": (start, first, second ^ 2**40),
        "product": (start, first ^ 2**40, second),
        "start": (start ^ 1, first, second),
        "zero": (start, none, none),
        "one": (start, first, gmpy2.mpz(1)),
    }[where]
    assert not holds(arithmetic, 3, none, 64, *wrong)
